using Coordination.Client;
using Coordination.Proof.Tests.Processes;
using Coordination.Proof.Worker;
using Coordination.Protocol;
using Coordination.Recipes;
using Coordination.Testing;

namespace Coordination.Proof.Tests.Deadline;

/// <summary>What a holder's connection suffers, drawn before the trial.</summary>
/// <param name="SessionTimeout">The holder's.</param>
/// <param name="Phase">From the acquisition to the black hole.</param>
/// <param name="Direction">What vanishes; null for everything.</param>
/// <param name="DelayToServer">Latency before.</param>
/// <param name="DelayToClient">Latency before.</param>
/// <param name="IsTerm">Whether a leader's term is held instead of a lock.</param>
internal sealed record DeadlinePlan(
    TimeSpan SessionTimeout, TimeSpan Phase, FrameDirection? Direction, TimeSpan DelayToServer, TimeSpan DelayToClient, bool IsTerm)
{
    /// <summary>Draws a plan. Phases cover more than one whole timeout, so every position within the heartbeat's cycle occurs.</summary>
    public static DeadlinePlan Draw(Random random, IReadOnlyList<TimeSpan> timeouts)
    {
        TimeSpan timeout = timeouts[random.Next(timeouts.Count)];
        return new DeadlinePlan(
            timeout,
            timeout * (1.2 * random.NextDouble()),
            random.Next(5) switch
            {
                0 => FrameDirection.ToServer,
                1 => FrameDirection.ToClient,
                _ => null,
            },
            TimeSpan.FromMilliseconds(random.Next(80)),
            TimeSpan.FromMilliseconds(random.Next(80)),
            random.Next(2) == 0);
    }
}

/// <summary>What happened.</summary>
/// <param name="Plan">What was done to the holder.</param>
/// <param name="BlackHoled">When.</param>
/// <param name="Fired">When the holder's lost token fired; null if it had not even two timeouts after the rival had acquired.</param>
/// <param name="Acquired">When the rival had acquired.</param>
internal sealed record DeadlineOutcome(DeadlinePlan Plan, TimeSpan BlackHoled, TimeSpan? Fired, TimeSpan Acquired)
{
    /// <summary>How long the token fired before the rival held; negative is a violation.</summary>
    public TimeSpan Lead => Fired is { } fired ? Acquired - fired : TimeSpan.MinValue;

    /// <summary>Whether the token fired before the connection was touched: not unsafe, but a useless trial.</summary>
    public bool IsPremature => Fired < BlackHoled;

    public override string ToString() =>
        $"lead {Lead.TotalMilliseconds:f0} ms; black hole ({Plan.Direction?.ToString() ?? "both ways"}) {Plan.Phase.TotalMilliseconds:f0} ms after the acquisition,"
        + $" token {(Fired - BlackHoled)?.TotalMilliseconds:f0} ms and rival {(Acquired - BlackHoled).TotalMilliseconds:f0} ms after it,"
        + $" timeout {Plan.SessionTimeout.TotalMilliseconds:f0} ms, latency {Plan.DelayToServer.TotalMilliseconds:f0}/{Plan.DelayToClient.TotalMilliseconds:f0} ms";
}

/// <summary>A holder behind a proxy, a rival connected directly, a black hole between the holder and the server.</summary>
internal sealed class DeadlineTrial(string server, ZnodePath path, DeadlinePlan plan)
{
    private static readonly TimeSpan RivalTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>One trial with our client as the holder.</summary>
    public async Task<DeadlineOutcome> RunAsync(CancellationToken cancellationToken)
    {
        await using FaultProxy proxy = FaultProxy.Start(server);
        (proxy.DelayToServer, proxy.DelayToClient) = (plan.DelayToServer, plan.DelayToClient);
        await using CoordinationClient holderClient = await Clients.ConnectAsync(proxy.ConnectionString, plan.SessionTimeout, cancellationToken);
        IFenced holder = plan.IsTerm
            ? await holderClient.CreateLeaderLatch(path).WaitForLeadershipAsync(cancellationToken)
            : await holderClient.CreateLock(path).AcquireAsync(cancellationToken: cancellationToken);
        return await RunAsync(holder, proxy, () => Task.Delay(plan.Phase, cancellationToken), cancellationToken);
    }

    /// <summary>One trial with the holder that believes in its last answer, black-holed just after one.</summary>
    public async Task<DeadlineOutcome> RunNaiveAsync(CancellationToken cancellationToken)
    {
        await using FaultProxy proxy = FaultProxy.Start(server);
        (proxy.DelayToServer, proxy.DelayToClient) = (plan.DelayToServer, plan.DelayToClient);
        await using NaiveHolder holder = await NaiveHolder.AcquireAsync(proxy.ConnectionString, path, plan.SessionTimeout);
        return await RunAsync(holder, proxy, () => holder.AnswerAsync(cancellationToken), cancellationToken);
    }

    private async Task<DeadlineOutcome> RunAsync(IFenced holder, FaultProxy proxy, Func<Task> phase, CancellationToken cancellationToken)
    {
        var fired = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = holder.HandleLostToken.Register(() => fired.TrySetResult(BootClock.Now));
        await using CoordinationClient rivalClient = await Clients.ConnectAsync(server, RivalTimeout, cancellationToken);
        Task<TimeSpan> rival = AcquireAsync(rivalClient, cancellationToken);
        await AwaitQueueAsync(rivalClient, cancellationToken);

        await phase();
        TimeSpan blackHoled = BootClock.Now;
        if (plan.Direction is { } direction)
            proxy.BlackHole(direction);
        else
            proxy.BlackHole();

        TimeSpan acquired;
        try
        {
            acquired = await rival.WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The rival has not acquired within {Patience}; token fired: {fired.Task.IsCompleted}; {plan}", e);
        }

        // Too late is a violation; how much too late is worth knowing.
        await ((Task)fired.Task).WaitAsync(plan.SessionTimeout * 2, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        TimeSpan? firedAt = fired.Task.IsCompletedSuccessfully ? await fired.Task : null;
        proxy.Heal();
        return new DeadlineOutcome(plan, blackHoled, firedAt, acquired);
    }

    private async Task<TimeSpan> AcquireAsync(CoordinationClient rival, CancellationToken cancellationToken)
    {
        if (plan.IsTerm)
            await rival.CreateLeaderLatch(path).WaitForLeadershipAsync(cancellationToken);
        else
            await rival.CreateLock(path).AcquireAsync(cancellationToken: cancellationToken);
        return BootClock.Now;
    }

    /// <summary>The rival must stand behind the holder before the connection is touched.</summary>
    private async Task AwaitQueueAsync(CoordinationClient rival, CancellationToken cancellationToken)
    {
        await foreach (ChildrenView view in rival.WatchChildrenAsync(path, cancellationToken))
        {
            if (view.Current?.Names.Count == 2)
                return;
        }
    }
}
