using Coordination.Server;
using Coordination.Testing;

namespace Coordination.Client.Tests;

/// <summary>Thousands of calls in flight while the connection goes, and the client with it: every call ends.</summary>
public sealed class DisposeRaceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(40)]
    public async Task Every_call_ends_when_the_client_is_disposed_in_the_middle_of_a_break(int milliseconds)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: cancellation);
        await using FaultProxy proxy = FaultProxy.Start(server.ConnectionString);
        CoordinationClient client = CoordinationClient.Create(proxy.ConnectionString);
        await client.ConnectAsync(cancellation);
        await client.CreateAsync("/x", cancellationToken: cancellation);
        SessionInfo session = client.Session;
        using var views = new Recorder<ZnodeView>(client.Observe("/x"));
        Task hold = client.WaitUntilDeletedAsync("/x", CancellationToken.None).AsTask();
        using var some = new CancellationTokenSource();

        Task[] calls = [.. Enumerable.Range(0, 10_000).Select(number => (number % 4) switch
        {
            0 => client.SetAsync("/x", new byte[10], cancellationToken: CancellationToken.None).AsTask(),
            1 => client.GetChildrenAsync("/", CancellationToken.None).AsTask(),
            2 => client.TryGetAsync("/x", some.Token).AsTask(),
            _ => (Task)client.TrySetAsync("/x", new byte[10], expectedVersion: 7, some.Token).AsTask(),
        })];
        // The moment of the cut is what varies here; nothing is awaited by this delay.
        await Task.Delay(milliseconds, cancellation);
        proxy.CutAll();
        Task cancelling = some.CancelAsync();
        Task[] disposing = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () => await client.DisposeAsync(), cancellation))];

        await Task.WhenAll([.. disposing, cancelling]).WaitAsync(Limit, cancellation);
        await Task.WhenAll(calls.Append(hold)).ContinueWith(static _ => { }, TaskScheduler.Default).WaitAsync(Limit, cancellation);
        Assert.All(calls.Append(hold), static call => Assert.True(
            call.IsCompletedSuccessfully || call.IsCanceled || call.Exception!.InnerException is ObjectDisposedException or CoordinationException,
            $"{call.Exception}"));
        Assert.True(session.Lost.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, session.SafeFor);
    }
}
