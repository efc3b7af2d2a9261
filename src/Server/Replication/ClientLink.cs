using System.Net;
using Coordination.Protocol;

namespace Coordination.Server.Replication;

/// <summary>
/// One client connection as the replica sees it. Owned by whoever runs the turn; Hosting moves <see cref="Output"/> to the socket
/// between turns and never touches the rest while a turn runs.
/// </summary>
/// <param name="id">Unique within the process, increasing.</param>
/// <param name="remoteAddress">The peer; becomes the identity of the scheme <c>ip</c>.</param>
internal sealed partial class ClientLink(long id, IPEndPoint remoteAddress)
{
    /// <summary>Unique within the process, increasing.</summary>
    public long Id { get; } = id;

    /// <summary>The peer.</summary>
    public IPEndPoint RemoteAddress { get; } = remoteAddress;

    /// <summary>Replies and events in their final order, framed. Filled by the replica, emptied by Hosting.</summary>
    public FrameBuffer Output { get; } = new(256);

    /// <summary>Set by the replica: close when <see cref="Output"/> is out.</summary>
    public CloseReason Close { get; set; }

    /// <summary>Whether the link stands in <see cref="ReplicaOutbox.Dirty"/>.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Requests received and not answered yet; Hosting stops reading above its limit.</summary>
    public int Outstanding { get; set; }

    /// <summary>
    /// Set between the handshake's request and its answer: Hosting must not hand over further frames (they wait in the pipe).
    /// </summary>
    public bool AwaitsSession { get; set; }

    /// <summary>
    /// Set while the server serves nobody, but may soon again: Hosting must not hand over further frames (they wait in the pipe).
    /// </summary>
    public bool IsHeld { get; set; }

    /// <summary>What Hosting hangs on the link to find its connection again; the replica never looks at it.</summary>
    public object? Owner { get; init; }
}
