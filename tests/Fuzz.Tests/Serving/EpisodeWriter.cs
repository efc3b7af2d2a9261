using System.Buffers.Binary;
using Coordination.Fuzz.Tests.Wire;
using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Serving;

/// <summary>Thinks out what happens next: mostly frames, mostly hostile, in any state that a connection can be in.</summary>
/// <param name="random">Chooses everything.</param>
internal sealed class EpisodeWriter(Random random)
{
    private static readonly OpCode[] Codes = Enum.GetValues<OpCode>();

    private readonly Mutator _mutator = new(Corpus.Golden, random);
    private readonly Queue<FuzzAction> _next = new();
    private int _xid = 1000;

    public FuzzAction Next(FuzzWorld world)
    {
        if (_next.TryDequeue(out FuzzAction? planned))
            return planned;

        int slot = random.Next(1, FuzzWorld.Slots);
        switch (random.Next(1000))
        {
            case < 870 when world.IsOpen(slot):
                return new FuzzAction(FuzzActionKind.Send, slot, Request());
            case < 885:
                return new FuzzAction(FuzzActionKind.Disconnect, slot);
            case < 925:
                return new FuzzAction(FuzzActionKind.Persist);
            case < 945:
                return new FuzzAction(FuzzActionKind.HoldLog, Number: random.Next(2));
            case < 955:
                return new FuzzAction(FuzzActionKind.Advance, Number: random.Next(2500));
            case < 960:
                _next.Enqueue(new FuzzAction(FuzzActionKind.Send, slot, Request()));
                _next.Enqueue(new FuzzAction(FuzzActionKind.Reserve));
                return new FuzzAction(FuzzActionKind.Reserve, Number: 1);
            default:
                // One in twenty talks before it has shaken hands.
                if (random.Next(20) == 0)
                    _next.Enqueue(new FuzzAction(FuzzActionKind.Send, slot, Request()));
                _next.Enqueue(new FuzzAction(FuzzActionKind.Send, slot, Handshake(world)));
                return new FuzzAction(FuzzActionKind.Accept, slot);
        }
    }

    private byte[] Request()
    {
        Corpus corpus = Corpus.Golden;

        // One in a hundred is a second handshake, or something else that is no request.
        Seed seed = random.Next(100) == 0 ? corpus.All[random.Next(corpus.All.Length)] : corpus.Requests[random.Next(corpus.Requests.Length)];
        _mutator.Make(seed, random.Next(6) == 0 ? 0 : random.Next(1, 4), commonPaths: true);
        if (random.Next(200) == 0)
            return WithoutHeader();

        byte[] frame = new byte[RequestHeader.Size + _mutator.Length];
        int code = Code(seed);

        // Credentials are answered ahead of what waits; only by their xid can the replies be told apart then.
        BinaryPrimitives.WriteInt32BigEndian(frame, code is (int)OpCode.Auth or (int)OpCode.Sasl ? ++_xid : Xid());
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(sizeof(int)), code);
        _mutator.Bytes.AsSpan(0, _mutator.Length).CopyTo(frame.AsSpan(RequestHeader.Size));
        return frame;
    }

    private byte[] WithoutHeader()
    {
        byte[] frame = _mutator.Bytes.AsSpan(0, _mutator.Length).ToArray();
        if (frame is [0xff, 0xff, 0xff, 0xff, ..])
            frame[0] = 0;
        return frame;
    }

    /// <summary>An xid of -1 would look like an event; every other one may come.</summary>
    private int Xid() => random.Next(50) switch
    {
        0 => 0,
        1 => -2,
        2 => -4,
        3 => random.Next(2) == 0 ? int.MinValue : int.MaxValue,
        _ => ++_xid,
    };

    private int Code(Seed seed) => random.Next(50) switch
    {
        0 => (int)Codes[random.Next(Codes.Length)],
        1 => random.Next(-20, 130),
        _ => (int)(seed.Type ?? OpCode.Ping),
    };

    private byte[] Handshake(FuzzWorld world)
    {
        switch (random.Next(10))
        {
            case 0:
                _mutator.Make(Corpus.Golden.Handshakes[random.Next(Corpus.Golden.Handshakes.Length)], random.Next(1, 3), commonPaths: false);
                return _mutator.Bytes.AsSpan(0, _mutator.Length).ToArray();
            case < 4 when world.Sessions.Count > 0:
                (long id, byte[] password) = world.Sessions[random.Next(world.Sessions.Count)];
                byte[] shown = random.Next(4) == 0 ? [.. password.Reverse()] : password;
                return FuzzFrames.Record(new ConnectRequest(0, 0, random.Next(2000, 30_000), id, shown, false));
            default:
                return FuzzFrames.Record(new ConnectRequest(0, 0, random.Next(2000, 30_000), 0, new byte[16], random.Next(2) == 0 ? null : false));
        }
    }
}
