using Coordination.Client;

namespace Coordination.Recipes;

/// <summary>
/// One attempt to get a hold: enter, wait for the turn, enter again if the session was lost meanwhile. Whatever way it ends without a
/// hold (timeout, cancellation, failure), its contender is deleted.
/// </summary>
/// <param name="context">What recipes work with.</param>
/// <param name="queue">The queue.</param>
/// <param name="recipe">The name in metrics.</param>
/// <param name="policy">When to presume the hold lost.</param>
internal sealed class HoldRequest(RecipeContext context, ContenderQueue queue, string recipe, HoldPolicy policy)
{
    private const int EntriesInARow = 5;
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs the attempt.</summary>
    /// <param name="data">The contender's data.</param>
    /// <param name="timeout">Zero for one look, infinite for as long as it takes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The hold, or null after the timeout.</returns>
    public async Task<Hold?> RunAsync(ReadOnlyMemory<byte> data, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        long began = context.Time.GetTimestamp();
        bool once = timeout == TimeSpan.Zero;
        using CancellationTokenSource deadline = new(once ? Timeout.InfiniteTimeSpan : timeout, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        IDisposable sessionKept = context.Client.HoldSession();
        Hold? hold = null;
        try
        {
            return hold = await ContendAsync(data, once, sessionKept, either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            if (hold is null)
                sessionKept.Dispose();
            context.Metrics.Waited(recipe, hold is not null, context.Time.GetElapsedTime(began));
        }
    }

    private async Task<Hold?> ContendAsync(ReadOnlyMemory<byte> data, bool once, IDisposable sessionKept, CancellationToken cancellationToken)
    {
        int failures = 0;
        while (true)
        {
            Contender contender;
            try
            {
                contender = await queue.EnterAsync(data, cancellationToken);
                failures = 0;
            }
            catch (SessionLostException) when (++failures < EntriesInARow)
            {
                await Task.Delay(ShortestDelay * (1 << failures), context.Time, cancellationToken);
                continue;
            }

            Hold? hold = null;
            try
            {
                Turn turn = await queue.WaitForTurnAsync(contender, once, cancellationToken);
                if (turn == Turn.First)
                    hold = Hold.TryBegin(context, queue, contender, policy, recipe, sessionKept);
                if (hold is not null || turn == Turn.Behind)
                    return hold;
            }
            finally
            {
                if (hold is null)
                    queue.Abandon(contender);
            }

            context.Logger.Reentering(contender.Path);
            await Task.Delay(ShortestDelay, context.Time, cancellationToken);
        }
    }
}
