using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>Our server as a process.</summary>
public sealed class OwnServerTests
{
    [Fact]
    public async Task Our_server_starts_answers_dies_and_comes_back_on_its_port()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        await using OwnServer server = await OwnServer.StartAsync(cancellationToken: cancellationToken);
        Assert.Equal("imok", await server.AskAsync("ruok", cancellationToken));

        await server.KillAsync();
        await server.RestartAsync(cancellationToken);
        Assert.Contains("Mode: standalone", await server.AskAsync("srvr", cancellationToken), StringComparison.Ordinal);
        Assert.True(await server.StopAsync());
    }
}
