using System.Buffers.Binary;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Proof.Worker.Crowds;

/// <summary>Makes bytes that no client sends, reproducibly.</summary>
/// <param name="seed">Chooses all of them.</param>
/// <param name="maxFrame">The server's <c>jute.maxbuffer</c>.</param>
internal sealed class GarbageBytes(int seed, int maxFrame)
{
    private const int SessionTimeout = 4000;

    /// <summary>Up to 4 KiB of noise.</summary>
    public ReadOnlyMemory<byte> Random(int number)
    {
        var random = new Random(HashCode.Combine(seed, number));
        byte[] noise = new byte[random.Next(1, 4096)];
        random.NextBytes(noise);
        return noise;
    }

    /// <summary>A length that promises too much or makes no sense: of the first frame, of a later frame, or of a field inside one.</summary>
    public ReadOnlyMemory<byte> Bomb(int number) => (number % 16) switch
    {
        0 => Integers(int.MaxValue),
        1 => Integers(-1),
        2 => Integers(int.MinValue),
        3 => Integers(maxFrame + 1),
        4 => Integers(44, 0, 0, 0, SessionTimeout, 0, 0, int.MaxValue, 0, 0, 0, 0),
        5 => Integers(44, 0, 0, 0, SessionTimeout, 0, 0, -7, 0, 0, 0, 0),
        6 => AfterHandshake(Integers(int.MaxValue)),
        7 => AfterHandshake(Integers(-2)),
        8 => AfterHandshake(Integers(maxFrame + 1)),
        9 => AfterHandshake(Integers(0)),
        10 => AfterHandshake(Integers(4, 1)),
        11 => AfterHandshake(Integers(2, -1)),
        12 => AfterHandshake(Integers(12, 1, (int)OpCode.GetData, int.MaxValue)),
        13 => AfterHandshake(Integers(20, 1, (int)OpCode.SetWatches, 0, 0, int.MaxValue)),
        14 => AfterHandshake(Integers(20, 1, (int)OpCode.SetAcl, 0, int.MaxValue, 0)),
        _ => AfterHandshake(Integers(16, 1, (int)OpCode.Create, 0, -3)),
    };

    /// <summary>A first frame that rests in its middle.</summary>
    public ReadOnlyMemory<byte> HalfFrame(int number)
    {
        byte[] handshake = Handshake().ToArray();
        int cut = new Random(HashCode.Combine(seed, number)).Next(1, handshake.Length);
        return handshake.AsMemory(0, cut);
    }

    /// <summary>A handshake as any client sends it.</summary>
    public ReadOnlyMemory<byte> Handshake()
    {
        using var buffer = new FrameBuffer();
        int mark = buffer.BeginFrame();
        JuteWriter writer = new(buffer);
        new ConnectRequest(0, 0, SessionTimeout, 0, new byte[16], false).Write(ref writer);
        writer.Flush();
        buffer.EndFrame(mark);
        return buffer.WrittenMemory.ToArray();
    }

    private byte[] AfterHandshake(byte[] bytes) => [.. Handshake().Span, .. bytes];

    private static byte[] Integers(params ReadOnlySpan<int> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(int)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(i * sizeof(int)), values[i]);
        return bytes;
    }
}
