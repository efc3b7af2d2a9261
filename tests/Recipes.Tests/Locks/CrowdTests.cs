using Coordination.Client;
using Coordination.Server;
using Coordination.Testing;

namespace Coordination.Recipes.Tests;

/// <summary>A crowd at one lock while connections break, sessions end, holders give up and others lose patience.</summary>
public sealed class CrowdTests
{
    private const string Path = "/locks/crowd";
    private const int Clients = 4;
    private const int ContendersPerClient = 12;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Lock _gate = new();
    private long _highest;
    private int _holds;
    private volatile bool _sessionsEnd;

    [Fact]
    public async Task A_crowd_under_faults_never_overlaps_ends_and_leaves_nothing()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: cancellation);
        await using FaultProxy proxy = FaultProxy.Start(server.ConnectionString);
        List<CoordinationClient> clients = [];
        for (int i = 0; i < Clients; i++)
        {
            clients.Add(CoordinationClient.Create(proxy.ConnectionString, static o => o.SessionTimeout = TimeSpan.FromSeconds(10)));
            await clients[i].ConnectAsync(cancellation);
        }

        using var over = new CancellationTokenSource();
        Task[] crowd = [.. Enumerable.Range(0, Clients * ContendersPerClient).Select(
            number => Task.Run(() => ContendAsync(clients[number % Clients], new Random(number), over.Token), cancellation))];
        var random = new Random(99);
        for (int fault = 0; fault < 30; fault++)
        {
            // First only connections break, and nothing may overlap; then an administrator ends sessions, which holders learn too late.
            _sessionsEnd = fault >= 15;
            await Task.Delay(random.Next(50, 200), cancellation);
            if (_sessionsEnd && random.Next(2) == 0)
                await server.ExpireSessionAsync(clients[random.Next(Clients)].Session.Id, cancellation);
            else
                proxy.CutAll();
        }

        await over.CancelAsync();
        await Task.WhenAll(crowd).WaitAsync(Limit, cancellation);
        Assert.True(_holds > 10, $"only {_holds} holds");

        // Whoever was in the queue has left it, without the help of a session's end.
        await RecipeWorld.UntilChildrenAsync(clients[0], Path, 0);
        foreach (CoordinationClient client in clients)
            await client.DisposeAsync().AsTask().WaitAsync(Limit, cancellation);
    }

    private async Task ContendAsync(CoordinationClient client, Random random, CancellationToken over)
    {
        IDistributedLock mutex = client.CreateLock(Path);
        while (!over.IsCancellationRequested)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(over);
            if (random.Next(3) == 0)
                patience.CancelAfter(random.Next(300));
            try
            {
                await using IDistributedLockHandle? handle = random.Next(3) == 0
                    ? await mutex.TryAcquireAsync(TimeSpan.FromMilliseconds(random.Next(200)), patience.Token)
                    : await mutex.AcquireAsync(cancellationToken: patience.Token);
                if (handle is not null)
                    await GuardedAsync(handle, random.Next(5));
            }
            catch (Exception e) when (e is OperationCanceledException or CoordinationException)
            {
                // Out of patience, or a fault that the recipe passes on.
            }
        }
    }

    /// <summary>The guarded resource: tokens only rise, and while one is in, no higher one comes.</summary>
    private async Task GuardedAsync(IDistributedLockHandle handle, int milliseconds)
    {
        bool strict = !_sessionsEnd;
        long token = handle.FencingToken;
        lock (_gate)
        {
            _holds++;
            Assert.True(token != _highest, "one hold was given twice");
            Assert.True(!strict || token > _highest, $"0x{token:x} came in behind 0x{_highest:x}");
            _highest = Math.Max(_highest, token);
        }

        await Task.Delay(milliseconds, CancellationToken.None);
        lock (_gate)
            Assert.True(!strict || _sessionsEnd || token == _highest, $"0x{_highest:x} came in while 0x{token:x} was there");
    }
}
