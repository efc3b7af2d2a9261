using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>A wrong path must not look like an empty database where the operator has said so.</summary>
public sealed class ExpectedDataTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_directory_that_is_missing_is_not_created_when_that_is_switched_off()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Combine("data"));
        options.CreateDataDirectory = false;
        DataDirectoryException refusal = await Assert.ThrowsAsync<DataDirectoryException>(() => TestServer.StartAsync(options));
        Assert.Contains(_directory.Combine("data/version-2"), refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.Combine("data")));
    }

    [Fact]
    public async Task An_empty_directory_becomes_a_database_only_once_per_permission()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.CreateDatabase = false;
        string permission = _directory.Combine("initialize");
        DataDirectoryException refusal = await Assert.ThrowsAsync<DataDirectoryException>(() => TestServer.StartAsync(options));
        Assert.Contains(permission, refusal.Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(permission, "", TestContext.Current.CancellationToken);
        await using (TestServer server = await TestServer.StartAsync(options))
        {
            using RawClient client = await server.ConnectAsync(10_000);
            Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [1])).Header.Error);
        }

        Assert.False(File.Exists(permission));
        await using (TestServer again = await TestServer.StartAsync(options))
        {
            using RawClient client = await again.ConnectAsync(10_000);
            Assert.NotNull(await client.ReadAsync("/a"));
        }
    }
}
