using System.Text;
using System.Text.Json;
using Coordination.Client;
using Coordination.Protocol;
using Microsoft.Extensions.Configuration;

namespace Coordination.Recipes;

/// <summary>Turns a snapshot into configuration keys.</summary>
internal static class ConfigurationKeys
{
    /// <summary>Builds the keys.</summary>
    /// <param name="snapshot">The znodes.</param>
    /// <param name="root">The root.</param>
    /// <param name="layout">How.</param>
    /// <returns>Keys without regard to case, as configuration compares them.</returns>
    /// <exception cref="InvalidDataException">The document is no JSON object.</exception>
    public static Dictionary<string, string?> From(SubtreeSnapshot snapshot, ZnodePath root, ConfigurationLayout layout)
    {
        var keys = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (layout == ConfigurationLayout.JsonDocument)
        {
            if (snapshot.Znodes is [{ Znode.Data.IsEmpty: false }, ..])
                Flatten(snapshot.Znodes[0].Znode, keys);
            return keys;
        }

        int prefix = root.IsRoot ? 1 : root.Value.Length + 1;
        foreach ((Znode znode, bool leaf) in snapshot.Znodes)
        {
            if (znode.Path != root && (leaf || !znode.Data.IsEmpty))
                keys[znode.Path.Value[prefix..].Replace("/", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)] = Encoding.UTF8.GetString(znode.Data.Span);
        }

        return keys;
    }

    /// <summary>Whether two sets of keys say the same.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <returns>Whether they do.</returns>
    public static bool AreEqual(IDictionary<string, string?> left, IDictionary<string, string?> right) =>
        left.Count == right.Count
        && left.All(pair => right.TryGetValue(pair.Key, out string? value) && string.Equals(value, pair.Value, StringComparison.Ordinal));

    private static void Flatten(Znode znode, Dictionary<string, string?> keys)
    {
        try
        {
            using var document = JsonDocument.Parse(znode.Data, new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{znode.Path} must hold a JSON object.");
            Flatten(document.RootElement, "", keys);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter for an escaped half of a surrogate pair, which parses but is no text.
            throw new InvalidDataException($"{znode.Path} holds no valid JSON: {e.Message}", e);
        }
    }

    private static void Flatten(JsonElement element, string path, Dictionary<string, string?> keys)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                    Flatten(property.Value, Join(path, property.Name), keys);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in element.EnumerateArray())
                    Flatten(item, Join(path, index++.ToString()), keys);
                break;
            case JsonValueKind.Null or JsonValueKind.Undefined:
                keys[path] = null;
                break;
            default:
                keys[path] = element.ToString();
                break;
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : path + ConfigurationPath.KeyDelimiter + name;
}
