using System.Buffers;
using System.Buffers.Binary;

namespace Coordination.Protocol;

/// <summary>Cuts the bytes of an election connection: a greeting once, then messages behind their lengths.</summary>
public static class ElectionStream
{
    /// <summary>The longest message; a longer one costs the connection. Apache's limit.</summary>
    public const int MaxMessage = 512 * 1024;

    /// <summary>Reads the message at the start of a buffer.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="message">The message without its length word, a view into the buffer.</param>
    /// <param name="length">Bytes that it takes in the buffer.</param>
    /// <returns>False while the message is not there to its end.</returns>
    /// <exception cref="JuteFormatException">The length is none that a message may have.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> message, out int length)
    {
        message = default;
        length = 0;
        if (bytes.Length < sizeof(int))
            return false;

        int announced = LengthOf(bytes);
        if (bytes.Length - sizeof(int) < announced)
            return false;

        length = sizeof(int) + announced;
        message = bytes[sizeof(int)..length];
        return true;
    }

    /// <summary>Takes the message at the start of a buffer that may consist of several pieces.</summary>
    /// <param name="bytes">What has arrived; left behind the message.</param>
    /// <param name="message">The message without its length word, a view into the buffer.</param>
    /// <returns>False while the message is not there to its end; then nothing is taken.</returns>
    /// <exception cref="JuteFormatException">The length is none that a message may have.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> bytes, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (bytes.Length < sizeof(int))
            return false;

        Span<byte> head = stackalloc byte[sizeof(int)];
        bytes.Slice(0, sizeof(int)).CopyTo(head);
        int announced = LengthOf(head);
        if (bytes.Length - sizeof(int) < announced)
            return false;

        message = bytes.Slice(sizeof(int), announced);
        bytes = bytes.Slice(message.End);
        return true;
    }

    private static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return length is > 0 and <= MaxMessage
            ? length
            : throw new JuteFormatException(
                length > 0 ? JuteError.Oversized : JuteError.NegativeLength,
                0,
                $"At byte 0: a message of {length} bytes; 1 to {MaxMessage} are accepted.");
    }
}
