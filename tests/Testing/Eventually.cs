namespace Coordination.Testing;

/// <summary>
/// Waits for what tells nobody when it changes: counts that a server shows on request, descriptors of a process. Everything that has an
/// event is to be awaited instead.
/// </summary>
public static class Eventually
{
    private const int Interval = 20;

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition; asked again and again.</param>
    /// <param name="patience">After this the wait fails.</param>
    /// <param name="excuse">What to say then.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">It never held.</exception>
    public static async Task HoldsAsync(
        Func<Task<bool>> condition, TimeSpan patience, Func<string> excuse, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        while (!await condition())
        {
            if (deadline.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new TimeoutException($"Not within {patience}: {excuse()}");
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition; asked again and again.</param>
    /// <param name="patience">After this the wait fails.</param>
    /// <param name="excuse">What to say then.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">It never held.</exception>
    public static Task HoldsAsync(
        Func<bool> condition, TimeSpan patience, Func<string> excuse, CancellationToken cancellationToken = default) =>
        HoldsAsync(() => Task.FromResult(condition()), patience, excuse, cancellationToken);
}
