using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Coordination.Recipes;

/// <summary>
/// What an instance says beyond its address: a JSON value. Java peers read an object by the class its <c>@class</c> names; to us that
/// text is a label, never a type to load.
/// </summary>
public sealed class ServicePayload : IEquatable<ServicePayload>
{
    private ServicePayload(string json, string? className)
    {
        Json = json;
        ClassName = className;
    }

    /// <summary>The JSON text, as read or as it will be written.</summary>
    public string Json { get; }

    /// <summary>The Java class an object claims to be; null for other values.</summary>
    public string? ClassName { get; }

    /// <summary>A text, which every Java peer reads as a string.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The payload.</returns>
    public static ServicePayload FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(ServiceInstanceJson.Quote(text), null);
    }

    /// <summary>An object of a Java class.</summary>
    /// <typeparam name="T">Our twin of that class.</typeparam>
    /// <param name="value">The values.</param>
    /// <param name="type">How to write them.</param>
    /// <param name="className">The full name of the Java class.</param>
    /// <returns>The payload.</returns>
    /// <exception cref="ArgumentException">The value is not written as a JSON object.</exception>
    public static ServicePayload FromObject<T>(T value, JsonTypeInfo<T> type, string className)
    {
        ArgumentException.ThrowIfNullOrEmpty(className);
        JsonElement members = JsonSerializer.SerializeToElement(value, type);
        if (members.ValueKind != JsonValueKind.Object)
            throw new ArgumentException("Only a JSON object can carry a class name.", nameof(value));
        return new(ServiceInstanceJson.WithClass(members, className), className);
    }

    /// <summary>Reads the value.</summary>
    /// <typeparam name="T">The type to read.</typeparam>
    /// <param name="type">How to read it.</param>
    /// <returns>The value; null if the payload has another shape.</returns>
    public T? Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Json, type);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>Compares the JSON text.</summary>
    /// <param name="other">The other payload.</param>
    /// <returns>Whether both have the same text.</returns>
    public bool Equals(ServicePayload? other) => other is not null && string.Equals(Json, other.Json, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ServicePayload);

    /// <inheritdoc/>
    public override int GetHashCode() => Json.GetHashCode(StringComparison.Ordinal);

    /// <summary>The JSON text.</summary>
    /// <returns><see cref="Json"/>.</returns>
    public override string ToString() => Json;

    /// <summary>Takes over what was read.</summary>
    /// <param name="element">The value.</param>
    /// <returns>Null for JSON null.</returns>
    internal static ServicePayload? From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.Object when element.TryGetProperty("@class", out JsonElement name) && name.ValueKind == JsonValueKind.String =>
            new(element.GetRawText(), name.GetString()),
        _ => new(element.GetRawText(), null),
    };
}
