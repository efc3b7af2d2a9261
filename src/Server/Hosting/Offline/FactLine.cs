using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Coordination.Protocol;

namespace Coordination.Server.Hosting.Offline;

/// <summary>
/// One line of output: named facts in order, as one JSON object or as words. As text a name and its value stand side by side, and long
/// data is cut; as JSON nothing is left out.
/// </summary>
internal sealed class FactLine : IDisposable
{
    private const int MaxTextOfData = 64;
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly StringBuilder _text = new();
    private readonly TextWriter _output;
    private readonly Utf8JsonWriter? _json;

    /// <param name="output">Takes the lines.</param>
    /// <param name="asJson">One JSON object per line instead of words.</param>
    public FactLine(TextWriter output, bool asJson)
    {
        _output = output;
        _json = asJson ? new Utf8JsonWriter(_buffer, Json) : null;
    }

    /// <summary>Begins a line.</summary>
    /// <param name="kind">What it is about.</param>
    public FactLine Begin(string kind)
    {
        _text.Clear().Append(kind);
        if (_json is null)
            return this;

        _buffer.ResetWrittenCount();
        _json.Reset(_buffer);
        _json.WriteStartObject();
        _json.WriteString("kind", kind);
        return this;
    }

    /// <summary>A text; null leaves it out.</summary>
    public FactLine Add(string name, string? value)
    {
        if (value is null)
            return this;
        _json?.WriteString(name, value);
        return Say(name, Quoted(value));
    }

    /// <summary>A number.</summary>
    public FactLine Add(string name, long value)
    {
        _json?.WriteNumber(name, value);
        return Say(name, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A number that is written in hexadecimal everywhere: a zxid, a session, a digest.</summary>
    public FactLine AddHex(string name, long value)
    {
        string text = $"0x{value:x}";
        _json?.WriteString(name, text);
        return Say(name, text);
    }

    /// <summary>Milliseconds since 1970.</summary>
    public FactLine AddTime(string name, long value)
    {
        _json?.WriteNumber(name, value);
        bool isDate = value is >= 0 and < 253402300800000;
        return Say(name, isDate ? DateTimeOffset.FromUnixTimeMilliseconds(value).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture) : $"{value}");
    }

    /// <summary>The data of a znode.</summary>
    public FactLine AddData(byte[]? data)
    {
        if (data is null)
            _json?.WriteNull("data");
        else
            _json?.WriteBase64String("data", data);
        if (_json is not null)
            return this;

        Say("bytes", data is null ? "null" : $"{data.Length}");
        return data is { Length: > 0 } ? Say("data", Shortened(data)) : this;
    }

    /// <summary>An access list.</summary>
    public FactLine Add(string name, IReadOnlyList<Acl> entries)
    {
        _json?.WriteStartArray(name);
        foreach (Acl entry in entries)
            _json?.WriteStringValue($"{entry.Scheme}:{entry.Id}:{Letters(entry.Permissions)}");
        _json?.WriteEndArray();
        return Say(name, string.Join(',', entries.Select(static entry => Quoted($"{entry.Scheme}:{entry.Id}:{Letters(entry.Permissions)}"))));
    }

    /// <summary>A list of texts.</summary>
    public FactLine Add(string name, IReadOnlyList<string> values)
    {
        _json?.WriteStartArray(name);
        foreach (string value in values)
            _json?.WriteStringValue(value);
        _json?.WriteEndArray();
        return Say(name, $"[{string.Join(' ', values.Select(Quoted))}]");
    }

    /// <summary>Writes the line.</summary>
    public void End()
    {
        if (_json is null)
        {
            _output.WriteLine(_text);
            return;
        }

        _json.WriteEndObject();
        _json.Flush();
        _output.WriteLine(Encoding.UTF8.GetString(_buffer.WrittenSpan));
    }

    /// <inheritdoc/>
    public void Dispose() => _json?.Dispose();

    private static string Letters(Permissions permissions) => string.Concat(
        "crwda".Zip((Permissions[])[Permissions.Create, Permissions.Read, Permissions.Write, Permissions.Delete, Permissions.Admin])
            .Where(pair => permissions.HasFlag(pair.Second)).Select(static pair => pair.First));

    private FactLine Say(string name, string value)
    {
        if (_json is null)
            _text.Append(' ').Append(name).Append(' ').Append(value);
        return this;
    }

    /// <summary>As it is, unless it could be taken for more than one word.</summary>
    private static string Quoted(string value)
    {
        bool isPlain = value.Length > 0 && !value.Any(static c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '"' or '\\');
        return isPlain ? value : $"\"{Escape(value)}\"";
    }

    private static string Shortened(byte[] data)
    {
        string text = Escape(Encoding.Latin1.GetString(data, 0, Math.Min(data.Length, MaxTextOfData)));
        return $"\"{text}\"{(data.Length > MaxTextOfData ? "..." : "")}";
    }

    private static string Escape(string value)
    {
        StringBuilder text = new();
        foreach (char c in value)
        {
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if (char.IsControl(c) || c > '~')
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                text.Append(c);
        }

        return text.ToString();
    }
}
