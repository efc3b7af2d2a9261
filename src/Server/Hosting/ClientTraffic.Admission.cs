using System.Buffers.Binary;
using Coordination.Server.Figures;

namespace Coordination.Server.Hosting;

/// <content>Limits that turn away, where others make wait: too many sessions at a time, too many large requests under way.</content>
internal sealed partial class ClientTraffic
{
    /// <summary>Where a handshake has the session's id: behind version, zxid and timeout.</summary>
    private const int SessionIdOffset = sizeof(int) + sizeof(long) + sizeof(int);

    private readonly ConnectionThrottle _throttle;
    private Summary _tokenDeficit;
    private long _largeBytes;

    /// <summary>The probability with which a handshake is turned away at present.</summary>
    public double DropProbability => _throttle.DropProbability;

    /// <summary>Tokens that were missing when sessions were admitted.</summary>
    public Summary TokenDeficit => _tokenDeficit;

    /// <summary>False if the frame must not be handed over; the connection is closed then.</summary>
    private bool Admit(ConnectedClient client, ReadOnlySpan<byte> frame)
    {
        if (!client.SentHandshake && !AdmitSession(client, frame))
            return false;
        if (_limits.LargeRequest < 0 || frame.Length <= _limits.LargeRequest || _largeBytes + frame.Length <= _limits.MaxLargeBytes)
            return true;

        _metrics.LargeRequestRejected();
        _log.LargeRequestRejected(client.Connection.RemoteAddress, frame.Length, _limits.MaxLargeBytes);
        Close(client);
        return false;
    }

    private bool AdmitSession(ConnectedClient client, ReadOnlySpan<byte> frame)
    {
        bool isNew = frame.Length < SessionIdOffset + sizeof(long) || BinaryPrimitives.ReadInt64BigEndian(frame[SessionIdOffset..]) == 0;
        if (_throttle.Admits(isNew, _now))
        {
            _tokenDeficit.Add(_throttle.Deficit);
            return true;
        }

        _metrics.ConnectionRefused();
        _log.SessionThrottled(client.Connection.RemoteAddress);
        Close(client);
        return false;
    }

    /// <summary>Counts a large request that was handed over and is not answered yet.</summary>
    private void HoldLarge(ConnectedClient client, int length)
    {
        if (_limits.LargeRequest < 0 || length <= _limits.LargeRequest || client.Link.Outstanding == 0)
            return;

        client.LargeBytes += length;
        _largeBytes += length;
    }

    /// <summary>Everything that the connection has asked is answered, or never will be.</summary>
    private void ReleaseLarge(ConnectedClient client)
    {
        _largeBytes -= client.LargeBytes;
        client.LargeBytes = 0;
    }
}
