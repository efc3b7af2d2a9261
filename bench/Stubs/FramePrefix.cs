using System.Buffers.Binary;

namespace Coordination.Bench.Stubs;

/// <summary>Finds whole frames at the start of what a socket gave.</summary>
internal static class FramePrefix
{
    /// <summary>The number of bytes that whole frames take.</summary>
    public static int LengthIn(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        while (bytes.Length - position >= sizeof(int))
        {
            int next = position + sizeof(int) + BinaryPrimitives.ReadInt32BigEndian(bytes[position..]);
            if (next > bytes.Length)
                break;
            position = next;
        }

        return position;
    }
}
