using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>
/// One participant of an election, in the layout of Curator's <c>LeaderLatch</c>. It joins when somebody waits for leadership, and
/// leads one term after another; of several that wait on one latch, one at a time leads.
/// </summary>
public interface ILeaderLatch : IAsyncDisposable
{
    /// <summary>What others see of this participant: the data of its znode.</summary>
    string ParticipantId { get; }

    /// <summary>The state of this participant: the current one on subscription, then every change. Completes on dispose.</summary>
    IObservable<LeadershipChange> Changes { get; }

    /// <summary>Joins the election and waits until this participant leads. Cancelled or failed, it leaves no znode behind.</summary>
    /// <param name="cancellationToken">Leaves the election.</param>
    /// <returns>The term; dispose it to resign.</returns>
    /// <exception cref="ConnectionUnavailableException">No server could be reached to join.</exception>
    ValueTask<LeaderTerm> WaitForLeadershipAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Leads again and again: each term is resigned when the loop's body comes back for the next. Failures are logged and tried again,
    /// so the sequence ends only by the token (with <see cref="OperationCanceledException"/>) or when the latch is disposed.
    /// </summary>
    /// <param name="cancellationToken">Ends the sequence.</param>
    /// <returns>The terms.</returns>
    IAsyncEnumerable<LeaderTerm> TermsAsync(CancellationToken cancellationToken = default);

    /// <summary>Lists everybody who takes part.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The participants, the leader first.</returns>
    ValueTask<IReadOnlyList<Participant>> GetParticipantsAsync(CancellationToken cancellationToken = default);
}

/// <summary>
/// One term of leadership. Work under it must stop when <see cref="IFenced.HandleLostToken"/> fires. Disposing it resigns; that never
/// throws for reasons of the network, and a second time does nothing.
/// </summary>
public abstract class LeaderTerm : IFenced, IAsyncDisposable
{
    /// <inheritdoc/>
    public abstract ZnodePath? HolderPath { get; }

    /// <inheritdoc/>
    public abstract CancellationToken HandleLostToken { get; }

    /// <inheritdoc/>
    public abstract long FencingToken { get; }

    /// <inheritdoc/>
    public abstract TimeSpan SafeFor { get; }

    /// <inheritdoc/>
    public abstract ValueTask<bool> ConfirmAsync(CancellationToken cancellationToken = default);

    /// <summary>Resigns.</summary>
    /// <returns>Completes when a successor may lead, or when the delete goes on in the background.</returns>
    public abstract ValueTask DisposeAsync();
}

/// <summary>The states of a participant.</summary>
public enum LeadershipState
{
    /// <summary>It takes no part.</summary>
    Idle,

    /// <summary>It waits for its turn.</summary>
    Waiting,

    /// <summary>It leads.</summary>
    Leading,

    /// <summary>It has lost its term, or must presume so.</summary>
    Lost,

    /// <summary>It has resigned.</summary>
    Resigned,
}

/// <summary>A change of a participant's state.</summary>
/// <param name="State">The new state.</param>
/// <param name="Term">The term concerned, for <see cref="LeadershipState.Leading"/>, <see cref="LeadershipState.Lost"/> and <see cref="LeadershipState.Resigned"/>.</param>
public sealed record LeadershipChange(LeadershipState State, LeaderTerm? Term = null);

/// <summary>Somebody who takes part in an election.</summary>
/// <param name="Id">The participant's id.</param>
/// <param name="IsLeader">Whether it is the first.</param>
/// <param name="Path">Its znode.</param>
/// <param name="Since">When it joined, by the server's clock.</param>
public sealed record Participant(string Id, bool IsLeader, ZnodePath Path, DateTimeOffset Since);
