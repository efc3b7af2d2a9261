using System.Net.Sockets;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>What looks at the disk and at the system keeps no turn, and needs nobody else's thread.</summary>
public sealed class OutsideLookTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("conf", "dataDirSize=")]
    [InlineData("dirs", "datadir_size: ")]
    [InlineData("mntr", "zk_open_file_descriptor_count")]
    public async Task Clients_are_served_while_a_word_waits_for_a_slow_disk(string word, string expected)
    {
        using ManualResetEventSlim goesOn = new();
        using ManualResetEventSlim isAsked = new();
        FailingDisk disk = new();
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.FourLetterWords = new HashSet<string> { "*" };
        await using TestServer server = await TestServer.StartAsync(options, disk);
        try
        {
            disk.Listing = () =>
            {
                isAsked.Set();
                goesOn.Wait(Patience);
            };
            using Socket asker = new(SocketType.Stream, ProtocolType.Tcp);
            await asker.ConnectAsync(server.Endpoint, TestContext.Current.CancellationToken);
            await asker.SendAsync(Encoding.ASCII.GetBytes(word), TestContext.Current.CancellationToken);
            Assert.True(isAsked.Wait(Patience, TestContext.Current.CancellationToken));
            await server.ServesOthersAsync().WaitAsync(Patience / 2, TestContext.Current.CancellationToken);
            Assert.Equal(0, asker.Available);

            goesOn.Set();
            using StreamReader answer = new(new NetworkStream(asker));
            Assert.Contains(expected, await answer.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            goesOn.Set();
        }
    }

    [Fact]
    public async Task Writes_come_back_though_no_thread_of_the_pool_is_free()
    {
        FailingDisk disk = new() { Room = new DiskSpace(1L << 20, 1L << 32) };
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.DiskReserve = 16 << 20;
        options.DiskReserveCheckInterval = TimeSpan.FromMilliseconds(20);
        await using TestServer server = await TestServer.StartAsync(options, disk);
        bool isBack = false;
        using ManualResetEventSlim release = new();
        ThreadPool.GetMaxThreads(out int workers, out int completions);
        ThreadPool.GetMinThreads(out int least, out _);
        Thread observer = new(() =>
        {
            // Whatever waits for the pool waits until this thread has seen what it wants to see, or has given up.
            ThreadPool.SetMaxThreads(least, completions);
            using CountdownEvent blocked = new(least);
            for (int i = 0; i < least; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    static state =>
                    {
                        state.Blocked.Signal();
                        state.Release.Wait();
                    },
                    (Blocked: blocked, Release: release),
                    preferLocal: false);
            }

            blocked.Wait(Patience);
            disk.Room = new DiskSpace(1L << 30, 1L << 32);
            isBack = SpinWait.SpinUntil(() => server.Log.Any(static line => line.StartsWith("406 ", StringComparison.Ordinal)), Patience / 3);
            release.Set();
            ThreadPool.SetMaxThreads(workers, completions);
        });
        observer.Start();
        await Task.Factory.StartNew(observer.Join, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(isBack, string.Join('\n', server.Log));
        using RawClient client = await server.ConnectAsync();
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [1])).Header.Error);
    }
}
