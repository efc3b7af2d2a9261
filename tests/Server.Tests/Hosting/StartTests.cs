using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>What a start does about things that should not be there, and when it is called off.</summary>
public sealed class StartTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_start_that_is_given_up_reads_no_further_and_lets_go_of_the_directory()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        await using (TestServer first = await TestServer.StartAsync(options))
        {
            using RawClient client = await first.ConnectAsync();
            for (int i = 0; i < 20; i++)
                Assert.Equal(ErrorCode.Ok, (await client.CreateAsync($"/{i}", new byte[100_000])).Header.Error);
        }

        using CancellationTokenSource given = new();
        int after = 0;
        FailingDisk disk = new()
        {
            Reading = path =>
            {
                if (given.IsCancellationRequested)
                    Interlocked.Increment(ref after);
                else if (Path.GetFileName(path).StartsWith("log.", StringComparison.Ordinal))
                    given.Cancel();
            },
        };
        Server.Hosting.ServerSurroundings surroundings = new() { Disk = disk };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Server.Hosting.ServerHost.StartAsync(options, surroundings, given.Token));
        Assert.Equal(0, after);

        await using TestServer second = await TestServer.StartAsync(options);
        using RawClient other = await second.ConnectAsync();
        Assert.Equal(100_000, (await other.ReadAsync("/19"))!.Length);
    }

    [Theory]
    [InlineData("log.100000001")]
    [InlineData("snapshot.100000001")]
    public async Task A_named_pipe_among_the_files_is_refused_and_not_waited_for(string name)
    {
        string versions = Path.Combine(_directory.Path, "version-2");
        Directory.CreateDirectory(versions);
        string path = Path.Combine(versions, name);
        using (Process making = Process.Start("mkfifo", path))
            await making.WaitForExitAsync(TestContext.Current.CancellationToken);

        Task<TestServer> starting = Task.Run(() => TestServer.StartAsync(TestServer.Options(_directory.Path)), TestContext.Current.CancellationToken);
        StorageException refusal = await Assert.ThrowsAnyAsync<StorageException>(
            () => starting.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("no regular file", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_in_the_place_of_the_lock_is_not_followed()
    {
        string target = _directory.Combine("of-somebody-else");
        await File.WriteAllTextAsync(target, "precious", TestContext.Current.CancellationToken);
        string data = _directory.Combine("data");
        Directory.CreateDirectory(data);
        File.CreateSymbolicLink(Path.Combine(data, "coordination.lock"), target);

        DataDirectoryException refusal = await Assert.ThrowsAsync<DataDirectoryException>(() => TestServer.StartAsync(TestServer.Options(data)));
        Assert.Contains("coordination.lock", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_word_that_does_not_exist_is_named_at_the_start()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.FourLetterWords = new HashSet<string> { "ruok", "rouk", "status", "*" };
        await using TestServer server = await TestServer.StartAsync(options);
        string[] said = [.. server.Log.Where(static line => line.Contains("4lw.commands.whitelist", StringComparison.Ordinal))];
        Assert.Equal(2, said.Length);
        Assert.Contains("'rouk'", said[0], StringComparison.Ordinal);
        Assert.Contains("'status'", said[1], StringComparison.Ordinal);
    }
}
