using System.Buffers.Binary;
using Coordination.Fuzz.Tests.Wire;
using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Fuzz.Tests.Serving;

/// <summary>The client end of a link: what it has asked, and whether what comes back is what it may expect.</summary>
/// <param name="link">The link.</param>
/// <param name="canary">Bytes that only an administrator may see.</param>
internal sealed class FuzzConnection(ClientLink link, byte[] canary)
{
    private readonly FrameParser _parser = new(int.MaxValue);
    private readonly List<(int Xid, OpCode Type)> _asked = [];
    private bool _isConnected;
    private long _lastZxid;

    public ClientLink Link { get; } = link;

    /// <summary>Whether it is the administrator.</summary>
    public bool IsAdministrator { get; init; }

    /// <summary>The answer to its handshake.</summary>
    public ConnectResponse Session { get; private set; }

    /// <summary>Requests that are not answered.</summary>
    public int Unanswered => _asked.Count;

    /// <summary>Remembers a request whose reply must come.</summary>
    public void Asked(ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        RequestHeader header = RequestHeader.Read(ref reader);
        _asked.Add((header.Type == OpCode.Ping ? WellKnownXid.Ping : header.Xid, header.Type));
    }

    /// <summary>Reads and judges everything that the link has for its client.</summary>
    public void ReadOutput()
    {
        byte[] output = Link.Output.WrittenSpan.ToArray();
        Link.Output.Clear();
        if (!IsAdministrator && output.AsSpan().IndexOf(canary) >= 0)
            throw new FuzzFailure("nobody reads what he may not read", Convert.ToHexString(output));

        for (int at = 0; at < output.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(output.AsSpan(at));
            at += sizeof(int);
            if (length < 0 || length > output.Length - at)
                throw new FuzzFailure("output consists of whole frames", $"a frame of {length} bytes");
            Read(output, at, at + length);
            at += length;
        }
    }

    private void Read(byte[] bytes, int start, int end)
    {
        if (!_isConnected)
        {
            Expect(_parser.Parse(bytes, start, end, Schema.ConnectResponse), "connect");
            var connect = new JuteReader(bytes.AsSpan(start, end - start));
            Session = ConnectResponse.Read(ref connect);
            _isConnected = true;
            return;
        }

        if (end - start < ReplyHeader.Size)
            throw new FuzzFailure("a reply has a header", $"{end - start} bytes");
        var reader = new JuteReader(bytes.AsSpan(start, end - start));
        ReplyHeader header = ReplyHeader.Read(ref reader);
        OpCode type = header.Xid == WellKnownXid.Notification ? OpCode.Notification : TakeAsked(header.Xid);
        if (header.Error != ErrorCode.Ok && reader.Remaining > 0)
            throw new FuzzFailure("nothing follows an error", $"{type}, {header.Error}, {reader.Remaining} bytes");
        if (header.Error == ErrorCode.Ok)
            Expect(_parser.Parse(bytes, start + ReplyHeader.Size, end, Schema.OfReply(type)), $"{type}");
        if (type is OpCode.Notification or OpCode.Auth or OpCode.Sasl || header.Zxid <= 0)
            return;

        if (header.Zxid < _lastZxid)
            throw new FuzzFailure("the zxid of a reply never goes back", $"{header.Zxid} after {_lastZxid}");
        _lastZxid = header.Zxid;
    }

    /// <summary>Replies come in the order of requests; only credentials, of either kind, are answered ahead of what waits.</summary>
    private OpCode TakeAsked(int xid)
    {
        int at = _asked.Count > 0 && _asked[0].Xid == xid ? 0 : _asked.FindIndex(asked => asked.Type is (OpCode.Auth or OpCode.Sasl) && asked.Xid == xid);
        if (at < 0)
            throw new FuzzFailure("replies come in the order of requests, one for each", $"{xid} instead of {_asked.FirstOrDefault()}");

        OpCode type = _asked[at].Type;
        _asked.RemoveAt(at);
        return type;
    }

    private static void Expect(Verdict verdict, string what)
    {
        if (verdict != Verdict.Canonical)
            throw new FuzzFailure("a reply is a canonical record", $"{what} is {verdict}");
    }
}
