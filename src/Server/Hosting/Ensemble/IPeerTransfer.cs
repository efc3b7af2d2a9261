using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>What a slice of a transfer came to.</summary>
internal enum TransferStep
{
    /// <summary>There is more.</summary>
    More,

    /// <summary>Nothing is at hand at present.</summary>
    Waiting,

    /// <summary>All of it is in the output.</summary>
    Done,

    /// <summary>It cannot be done: the link has to end.</summary>
    Failed,
}

/// <summary>Long work that fills a learner's link, slice by slice, beside everything else. Called in turns only.</summary>
internal interface IPeerTransfer : IDisposable
{
    /// <summary>Writes a slice.</summary>
    /// <param name="output">Appended to.</param>
    /// <param name="bytes">About how much.</param>
    TransferStep Fill(FrameBuffer output, int bytes);

    /// <summary>Tells the core that it is done.</summary>
    void Tell(ZabPeer peer, PeerLink link);
}
