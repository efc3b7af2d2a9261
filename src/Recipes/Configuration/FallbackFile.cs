using System.Text.Json;

namespace Coordination.Recipes;

/// <summary>The last known values in a file: a flat JSON object, replaced as a whole, readable by its owner only since values may be secret.</summary>
/// <param name="path">The file.</param>
/// <param name="log">Where a failure is told; it never stops the application.</param>
internal sealed class FallbackFile(string path, ConfigurationLog log)
{
    /// <summary>Reads the values.</summary>
    /// <returns>Null if there is no readable file.</returns>
    public Dictionary<string, string?>? TryRead()
    {
        try
        {
            if (!File.Exists(path))
                return null;

            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var keys = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
                keys[property.Name] = property.Value.GetString();
            return keys;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            log.FallbackFailed(path, e);
            return null;
        }
    }

    /// <summary>Replaces the file.</summary>
    /// <param name="keys">The values.</param>
    public void Write(IDictionary<string, string?> keys)
    {
        try
        {
            string temporary = path + ".new";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var stream = new FileStream(temporary, options))
            using (var writer = new Utf8JsonWriter(stream, new() { Indented = true }))
            {
                writer.WriteStartObject();
                foreach ((string key, string? value) in keys.OrderBy(static p => p.Key, StringComparer.Ordinal))
                    writer.WriteString(key, value);
                writer.WriteEndObject();
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.FallbackFailed(path, e);
        }
    }
}
