using System.Text;
using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>
/// A queue of ephemeral sequential znodes under one path, in Curator's layout. The first holds; everybody else watches only the one
/// immediately ahead.
/// </summary>
/// <param name="context">What recipes work with.</param>
/// <param name="path">The parent; created as a container when the first contender enters.</param>
/// <param name="baseName">What stands before the number, for example <c>lock-</c>.</param>
internal sealed class ContenderQueue(RecipeContext context, ZnodePath path, string baseName)
{
    private static readonly CreateOptions Protected = new()
    {
        Kind = CreateKind.EphemeralSequential,
        CreateParents = true,
        SurviveLostReply = true,
    };

    private static readonly DeleteOptions Guaranteed = new() { Guaranteed = true };

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private int _foreignReported;

    /// <summary>The parent.</summary>
    public ZnodePath Path { get; } = path;

    /// <summary>Creates a contender. If this throws, no znode stays behind.</summary>
    /// <param name="data">The contender's data; Java peers fail on null, so it is at worst empty.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The contender.</returns>
    public async Task<Contender> EnterAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Znode znode = await context.Client.CreateAsync(Path / baseName, data, Protected, cancellationToken);
        bool numbered = ContenderName.TryGetSequence(znode.Path.Name, baseName, out int sequence);
        var contender = new Contender(znode.Path, sequence, znode.Stat.Czxid, znode.Stat.EphemeralOwner);
        if (!numbered || sequence is < 0 or int.MaxValue)
        {
            Abandon(contender);
            throw new SequenceExhaustedException(Path);
        }

        if (sequence > ContenderName.SequenceWarning)
            context.Logger.SequenceRunsOut(Path, sequence);
        return contender;
    }

    /// <summary>Waits until the contender is first or gone. A lost connection does not end the wait: the session may survive it.</summary>
    /// <param name="contender">Whose turn.</param>
    /// <param name="once">Look once and do not wait.</param>
    /// <param name="cancellationToken">Cancels the wait and removes its watch.</param>
    /// <returns>Where it stands.</returns>
    public async Task<Turn> WaitForTurnAsync(Contender contender, bool once, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsOwned(contender))
                return Turn.Gone;

            try
            {
                (Turn turn, ZnodePath predecessor) = await LookAsync(contender, cancellationToken);
                if (once || turn != Turn.Behind)
                    return turn;
                await context.Client.WaitUntilDeletedAsync(predecessor, cancellationToken);
            }
            catch (Exception e) when (e is ZnodeNotFoundException or SessionLostException)
            {
                // The parent has gone, and the contender with it; or the session has, and the contender goes with it.
                return Turn.Gone;
            }
            catch (Exception e) when (!once && e is ConnectionUnavailableException or OutcomeUnknownException)
            {
                context.Logger.WaitInterrupted(Path, e);
                await Task.Delay(RetryDelay, context.Time, cancellationToken);
            }
        }
    }

    /// <summary>Deletes a contender and waits for it. Never throws: what could not be confirmed goes on in the client.</summary>
    /// <param name="contender">Who leaves.</param>
    /// <returns>A task.</returns>
    public async Task LeaveAsync(Contender contender)
    {
        try
        {
            await context.Client.DeleteAsync(contender.Path, expectedVersion: null, Guaranteed, CancellationToken.None);
        }
        catch (Exception e) when (e is CoordinationException or OperationCanceledException)
        {
            context.Logger.ReleaseUnconfirmed(contender.Path, e);
        }
        catch (ObjectDisposedException)
        {
            // The client is closed: the end of its session deletes the znode.
        }
    }

    /// <summary>Deletes a contender without waiting: after a cancellation, a timeout, a failure.</summary>
    /// <param name="contender">Who leaves.</param>
    public void Abandon(Contender contender) => _ = LeaveAsync(contender);

    /// <summary>Reads the queue.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The contenders in order. Those that leave while it is read are left out.</returns>
    public async Task<IReadOnlyList<ContenderView>> InspectAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Name, int Sequence)> contenders;
        try
        {
            contenders = Contenders(await context.Client.GetChildrenAsync(Path, cancellationToken));
        }
        catch (ZnodeNotFoundException)
        {
            return [];
        }

        Task<Znode?>[] reads = [.. InOrder(contenders).Select(name => context.Client.TryGetAsync(Path / name, cancellationToken).AsTask())];
        Znode?[] znodes = await Task.WhenAll(reads);
        return [.. znodes.OfType<Znode>().Select(z => new ContenderView(z.Path, Encoding.UTF8.GetString(z.Data.Span), z.Stat))];
    }

    /// <summary>Whether the contender belongs to the present session, which is not lost. Nobody believes in a hold without this.</summary>
    /// <param name="contender">A contender.</param>
    /// <returns>Whether it does.</returns>
    public bool IsOwned(Contender contender)
    {
        SessionInfo session = context.Client.Session;
        return session.Id == contender.Owner && !session.Lost.IsCancellationRequested;
    }

    /// <summary>
    /// The children in order of their numbers. The distance from one fixed element is a total order whatever the numbers are, which a
    /// pairwise serial comparison is not.
    /// </summary>
    private static IEnumerable<string> InOrder(IReadOnlyList<(string Name, int Sequence)> contenders)
    {
        if (contenders.Count == 0)
            return [];

        int reference = contenders[0].Sequence;
        return contenders
            .OrderBy(c => ContenderName.Distance(c.Sequence, reference))
            .ThenBy(c => c.Name, StringComparer.Ordinal)
            .Select(c => c.Name);
    }

    private async Task<(Turn Turn, ZnodePath Predecessor)> LookAsync(Contender contender, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Name, int Sequence)> contenders =
            Contenders(await context.Client.GetChildrenAsync(Path, cancellationToken));
        string own = contender.Path.Name;
        bool present = false;
        string? predecessor = null;
        int nearest = int.MinValue;
        foreach ((string name, int sequence) in contenders)
        {
            if (string.Equals(name, own, StringComparison.Ordinal))
            {
                present = true;
                continue;
            }

            int distance = ContenderName.Distance(sequence, contender.Sequence);
            if (distance < 0 && distance >= nearest)
                (predecessor, nearest) = (name, distance);
        }

        if (!present || !IsOwned(contender))
            return (Turn.Gone, default);
        return predecessor is null ? (Turn.First, default) : (Turn.Behind, Path / predecessor);
    }

    private List<(string Name, int Sequence)> Contenders(ZnodeChildren children)
    {
        var contenders = new List<(string, int)>(children.Names.Count);
        string? foreign = null;
        foreach (string name in children.Names)
        {
            if (ContenderName.TryGetSequence(name, baseName, out int sequence))
                contenders.Add((name, sequence));
            else
                foreign ??= name;
        }

        if (foreign is not null && Interlocked.Exchange(ref _foreignReported, 1) == 0)
            context.Logger.ForeignChildren(Path, children.Names.Count - contenders.Count, foreign);
        return contenders;
    }
}
