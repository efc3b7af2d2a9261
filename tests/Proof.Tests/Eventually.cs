namespace Coordination.Proof.Tests;

/// <summary>Waits for what other processes do, with a generous limit.</summary>
internal static class Eventually
{
    private const int Interval = 20;

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="patience">After this the test fails.</param>
    /// <param name="excuse">What to say then.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task HoldsAsync(Func<bool> condition, TimeSpan patience, Func<string> excuse, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        while (!condition())
        {
            if (deadline.IsCancellationRequested)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Assert.Fail($"Not within {patience}: {excuse()}");
            }

            await Task.Delay(Interval, cancellationToken);
        }
    }
}
