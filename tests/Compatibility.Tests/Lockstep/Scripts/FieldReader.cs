using System.Globalization;
using Coordination.Protocol;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>How a field is compared.</summary>
internal enum FieldKind
{
    /// <summary>A number that must be the same.</summary>
    Number,

    /// <summary>A text, or bytes, that must be the same.</summary>
    Text,

    /// <summary>A zxid: one of Apache's belongs to one of ours, and the order is the same.</summary>
    Zxid,

    /// <summary>The zxid of an event: Apache 3.8.0 sends none.</summary>
    EventZxid,

    /// <summary>The time of a transaction.</summary>
    Time,

    /// <summary>The id of a session: one of Apache's belongs to one of ours.</summary>
    Session,
}

/// <summary>One field of an answer.</summary>
/// <param name="Kind">How it is compared.</param>
/// <param name="Value">Its value, unless it is a text.</param>
/// <param name="Zxid">Of a time: the transaction.</param>
/// <param name="Text">Its text.</param>
internal readonly record struct Field(FieldKind Kind, long Value = 0, long Zxid = 0, string Text = "")
{
    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        FieldKind.Number => Value.ToString(CultureInfo.InvariantCulture),
        FieldKind.Text => Text,
        FieldKind.Session => $"session:{Value:x}",
        _ => $"{Kind}:{Value}",
    };
}

/// <summary>Reads an answer field by field, in the wire's own terms: nothing of the server's or client's records takes part.</summary>
internal ref struct FieldReader(byte[] frame, List<Field> fields)
{
    private JuteReader _reader = new(frame);

    public readonly int Peek()
    {
        JuteReader ahead = _reader;
        return ahead.ReadInt32();
    }

    public int Number(int? shownAs = null)
    {
        int value = _reader.ReadInt32();
        fields.Add(new Field(FieldKind.Number, shownAs ?? value));
        return value;
    }

    public void Numbers(int count)
    {
        for (int i = 0; i < count; i++)
            Number();
    }

    public bool Flag()
    {
        byte value = _reader.ReadByte();
        fields.Add(new Field(FieldKind.Number, value));
        return value != 0;
    }

    public void Zxid() => fields.Add(new Field(FieldKind.Zxid, _reader.ReadInt64()));

    public void EventZxid() => fields.Add(new Field(FieldKind.EventZxid, _reader.ReadInt64()));

    public void Session() => fields.Add(new Field(FieldKind.Session, _reader.ReadInt64()));

    public void Text() => fields.Add(new Field(FieldKind.Text, Text: _reader.ReadString() ?? "(null)"));

    public void Buffer() => fields.Add(new Field(FieldKind.Text, Text: HexOf(_reader.ReadBuffer())));

    public void Skip(int count)
    {
        for (int i = 0; i < count; i++)
            _reader.ReadByte();
    }

    public void Stat()
    {
        long created = _reader.ReadInt64();
        long modified = _reader.ReadInt64();
        fields.Add(new Field(FieldKind.Zxid, created));
        fields.Add(new Field(FieldKind.Zxid, modified));
        fields.Add(new Field(FieldKind.Time, _reader.ReadInt64(), created));
        fields.Add(new Field(FieldKind.Time, _reader.ReadInt64(), modified));
        Numbers(3);
        Session();
        Numbers(2);
        Zxid();
    }

    /// <summary>Names in the order of a hash table.</summary>
    public void Names()
    {
        int count = Number();
        var names = new string[Math.Max(count, 0)];
        for (int i = 0; i < names.Length; i++)
            names[i] = _reader.ReadString() ?? "(null)";
        fields.Add(new Field(FieldKind.Text, Text: string.Join('|', names.Order(StringComparer.Ordinal))));
    }

    /// <summary>
    /// An access list. Identities that stand for <c>auth</c> come in the order of a hash table, so those with the same rights are sorted.
    /// </summary>
    public void Acl()
    {
        int count = Number();
        var entries = new (int Permissions, string Who)[Math.Max(count, 0)];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = (_reader.ReadInt32(), $"{_reader.ReadString()}:{_reader.ReadString()}");

        for (int from = 0, to; from < entries.Length; from = to)
        {
            for (to = from + 1; to < entries.Length && entries[to].Permissions == entries[from].Permissions; to++)
            {
            }

            string run = string.Join('|', entries[from..to].Select(static entry => entry.Who).Order(StringComparer.Ordinal));
            fields.Add(new Field(FieldKind.Text, Text: $"{entries[from].Permissions}:{run}"));
        }
    }

    /// <summary>Identities, in the order of a hash table.</summary>
    public void Identities()
    {
        int count = Number();
        var identities = new string[Math.Max(count, 0)];
        for (int i = 0; i < identities.Length; i++)
            identities[i] = $"{_reader.ReadString()}:{_reader.ReadString()}";
        fields.Add(new Field(FieldKind.Text, Text: string.Join('|', identities.Order(StringComparer.Ordinal))));
    }

    /// <summary>What should not be there.</summary>
    public void Rest()
    {
        if (_reader.Remaining > 0)
            fields.Add(new Field(FieldKind.Text, Text: $"and {Convert.ToHexStringLower(frame.AsSpan(_reader.Position))}"));
    }

    private static string HexOf(byte[]? buffer) => buffer is null ? "(null)" : Convert.ToHexStringLower(buffer);
}
