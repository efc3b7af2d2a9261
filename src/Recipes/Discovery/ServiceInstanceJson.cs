using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Coordination.Recipes;

/// <summary>
/// The bytes of an instance: Curator's field order without white space when writing, anything a Java peer may have written when reading.
/// An unknown <c>serviceType</c> makes Java's query of a whole service fail, so the writer knows the four texts only.
/// </summary>
internal static class ServiceInstanceJson
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] TypeNames = ["DYNAMIC", "STATIC", "PERMANENT", "DYNAMIC_SEQUENTIAL"];

    public static string NameOf(ServiceType type) => TypeNames[(int)type];

    public static byte[] Write(ServiceInstance instance) => Build(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, instance.Name);
        writer.WriteString("id"u8, instance.Id);
        writer.WriteString("address"u8, instance.Address);
        WriteNumber(writer, "port"u8, instance.Port);
        WriteNumber(writer, "sslPort"u8, instance.SslPort);
        writer.WritePropertyName("payload"u8);
        writer.WriteRawValue(instance.Payload?.Json ?? "null");
        writer.WriteNumber("registrationTimeUTC"u8, instance.RegisteredAt.ToUnixTimeMilliseconds());
        writer.WriteString("serviceType"u8, NameOf(instance.ServiceType));
        WriteUriSpec(writer, instance.UriSpec);

        // Curator's default ("compatible mode") leaves the field out, and old readers refuse it.
        if (!instance.Enabled)
            writer.WriteBoolean("enabled"u8, false);
        writer.WriteEndObject();
    });

    /// <summary>Reads an instance: any order of fields, unknown ones ignored, missing ones by their defaults.</summary>
    /// <param name="json">The data of the znode.</param>
    /// <returns>The instance.</returns>
    /// <exception cref="JsonException">It is no instance.</exception>
    public static ServiceInstance Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException("It is no JSON object.");

        try
        {
            return new()
            {
                Name = Text(root, "name") ?? "",
                Id = Text(root, "id") ?? "",
                Address = Text(root, "address"),
                Port = Number(root, "port"),
                SslPort = Number(root, "sslPort"),
                Payload = root.TryGetProperty("payload", out JsonElement payload) ? ServicePayload.From(payload) : null,
                RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(Present(root, "registrationTimeUTC") is { } time ? time.GetInt64() : 0),
                ServiceType = Type(Text(root, "serviceType")),
                UriSpec = Present(root, "uriSpec") is { } spec ? ReadUriSpec(spec) : null,
                Enabled = Present(root, "enabled") is not { ValueKind: JsonValueKind.False },
            };
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <summary>A JSON string of a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>With its quotes.</returns>
    public static string Quote(string text) => Encoding.UTF8.GetString(Build(writer => writer.WriteStringValue(text)));

    /// <summary>An object with the class name as its first member, where Java wants it.</summary>
    /// <param name="members">The other members.</param>
    /// <param name="className">The class name.</param>
    /// <returns>The JSON text.</returns>
    public static string WithClass(JsonElement members, string className) => Encoding.UTF8.GetString(Build(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("@class"u8, className);
        foreach (JsonProperty member in members.EnumerateObject())
        {
            if (!member.NameEquals("@class"))
                member.WriteTo(writer);
        }

        writer.WriteEndObject();
    }));

    private static byte[] Build(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
            write(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }

    private static void WriteUriSpec(Utf8JsonWriter writer, UriSpec? spec)
    {
        if (spec is null)
        {
            writer.WriteNull("uriSpec"u8);
            return;
        }

        writer.WriteStartObject("uriSpec"u8);
        writer.WriteStartArray("parts"u8);
        foreach (UriPart part in spec.Parts)
        {
            writer.WriteStartObject();
            writer.WriteString("value"u8, part.Value);
            writer.WriteBoolean("variable"u8, part.Variable);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static UriSpec ReadUriSpec(JsonElement spec) => new(Present(spec, "parts") is { } parts
        ? [.. parts.EnumerateArray().Select(static part => new UriPart(Text(part, "value") ?? "", Present(part, "variable") is { ValueKind: JsonValueKind.True }))]
        : []);

    private static ServiceType Type(string? text)
    {
        if (text is null)
            return ServiceType.Dynamic;
        int index = Array.IndexOf(TypeNames, text);
        return index >= 0 ? (ServiceType)index : throw new JsonException($"The serviceType '{text}' is unknown.");
    }

    private static string? Text(JsonElement element, string name) => Present(element, name)?.GetString();

    private static int? Number(JsonElement element, string name) => Present(element, name)?.GetInt32();

    private static JsonElement? Present(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
