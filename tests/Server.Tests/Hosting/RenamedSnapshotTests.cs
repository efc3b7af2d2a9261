using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>A snapshot without a digest, as servers before 3.6 wrote them, is believed its name only as far as the log does not know better.</summary>
public sealed class RenamedSnapshotTests : IDisposable
{
    /// <summary>The digest block and the seal behind it.</summary>
    private const int DigestLength = 33;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", true)]
    [InlineData("/c", true)]
    [InlineData("/b", false)]
    public async Task An_older_snapshot_under_a_newer_name_is_refused_where_it_lacks_what_was_created_before(string deleted, bool isRefused)
    {
        long named = await WriteAsync(deleted);
        Rename(named);
        if (!isRefused)
        {
            // Whatever was created has been deleted since, so Apache may have written just this.
            await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path));
            return;
        }

        DataDirectoryException refusal = await Assert.ThrowsAsync<DataDirectoryException>(
            () => TestServer.StartAsync(TestServer.Options(_directory.Path)));
        Assert.Contains($"snapshot.{named:x}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("its own name", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Under_its_own_name_it_is_where_the_log_goes_on()
    {
        await WriteAsync("");
        Rename(0);
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path));
        using RawClient client = await server.ConnectAsync();
        Assert.Equal([2], await client.ReadAsync("/b"));
        Assert.Equal([3], await client.ReadAsync("/c"));
    }

    /// <summary>A snapshot of the beginning, and a log.</summary>
    /// <returns>The transaction that created /b.</returns>
    private async Task<long> WriteAsync(string deleted)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path));
        using RawClient client = await server.ConnectAsync();
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [1])).Header.Error);
        long named = (await client.CreateAsync("/b", [2])).Header.Zxid;
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/c", [3])).Header.Error);
        if (deleted.Length > 0)
            Assert.Equal(ErrorCode.Ok, (await client.CallAsync(OpCode.Delete, new DeleteRequest(deleted, -1))).Header.Error);
        return named;
    }

    private void Rename(long zxid)
    {
        string versions = _directory.Combine("version-2");
        string first = Path.Combine(versions, "snapshot.0");
        byte[] bytes = File.ReadAllBytes(first);
        File.Delete(first);
        File.WriteAllBytes(Path.Combine(versions, $"snapshot.{zxid:x}"), bytes[..^DigestLength]);
    }
}
