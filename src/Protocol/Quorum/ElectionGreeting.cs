using System.Buffers.Binary;
using System.Text;

namespace Coordination.Protocol;

/// <summary>The first thing that the opener of an election connection says. There is no answer.</summary>
/// <param name="ProtocolVersion">
/// <see cref="OneAddress"/> or <see cref="SeveralAddresses"/>; null from servers before 3.5, which say their number only.
/// </param>
/// <param name="ServerId">Who opens; <see cref="AnonymousObserver"/> from old observers.</param>
/// <param name="Addresses">Where its own election port can be reached; wildcards are of no use to the reader.</param>
public readonly record struct ElectionGreeting(long? ProtocolVersion, long ServerId, IReadOnlyList<HostPort> Addresses)
{
    /// <summary>The version that every server from 3.5 on understands.</summary>
    public const long OneAddress = -65536;

    /// <summary>The version of 3.6 that Apache's servers speak only with <c>multiAddress.enabled</c>.</summary>
    public const long SeveralAddresses = -65535;

    /// <summary>A number that stands for any observer without one of its own.</summary>
    public const long AnonymousObserver = long.MaxValue;

    private const int MaxText = 2048;
    private const int IdOffset = 8;
    private const int LengthOffset = 16;
    private const int TextOffset = 20;

    /// <summary>Reads the greeting at the start of a buffer.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="greeting">The greeting.</param>
    /// <param name="length">Bytes that it takes in the buffer.</param>
    /// <returns>False while it is not there to its end.</returns>
    /// <exception cref="JuteFormatException">The bytes are no greeting, whatever may follow.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ElectionGreeting greeting, out int length)
    {
        greeting = default;
        length = 0;
        if (bytes.Length < IdOffset)
            return false;

        long version = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (version >= 0)
        {
            greeting = new(null, version, []);
            length = IdOffset;
            return true;
        }

        if (version is not (OneAddress or SeveralAddresses))
            throw Invalid(0, $"{version} is no version of the election protocol");
        if (bytes.Length < TextOffset)
            return false;

        int text = BinaryPrimitives.ReadInt32BigEndian(bytes[LengthOffset..]);
        if (text is <= 0 or > MaxText)
            throw new JuteFormatException(JuteError.Oversized, LengthOffset, $"At byte {LengthOffset}: {text} bytes of addresses; 1 to {MaxText} are accepted.");
        if (bytes.Length - TextOffset < text)
            return false;

        length = TextOffset + text;
        long id = BinaryPrimitives.ReadInt64BigEndian(bytes[IdOffset..]);
        greeting = new(version, id, ReadAddresses(bytes[TextOffset..length]));
        return true;
    }

    /// <summary>Writes the greeting; it must reach the network in one piece, for Apache reads it so.</summary>
    /// <param name="writer">Appended to.</param>
    public void Write(ref JuteWriter writer)
    {
        if (ProtocolVersion is { } version)
            writer.WriteInt64(version);
        writer.WriteInt64(ServerId);
        if (ProtocolVersion is not null)
            writer.WriteString(string.Join('|', Addresses));
    }

    private static HostPort[] ReadAddresses(ReadOnlySpan<byte> text)
    {
        string[] parts = Encoding.UTF8.GetString(text).Split('|');
        var addresses = new HostPort[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!HostPort.TryParse(parts[i], out addresses[i]))
                throw Invalid(TextOffset, $"'{parts[i]}' is no address");
        }

        return addresses;
    }

    private static JuteFormatException Invalid(int offset, string detail) => new(JuteError.InvalidValue, offset, $"At byte {offset}: {detail}.");
}
