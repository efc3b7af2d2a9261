using System.Net.Sockets;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>The fixture itself: Apache's server starts, answers, dies and comes back.</summary>
public sealed class ApacheServerTests
{
    [Fact]
    public async Task Apaches_server_starts_answers_dies_and_comes_back_on_its_port()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        await using ApacheServer server = await ApacheServer.StartAsync(cancellationToken: cancellationToken);
        Assert.Equal("imok", await server.AskAsync("ruok", cancellationToken));
        Assert.Contains("3.8.0", await server.AskAsync("srvr", cancellationToken), StringComparison.Ordinal);

        await server.KillAsync();
        await server.RestartAsync(cancellationToken);
        Assert.Equal("imok", await server.AskAsync("ruok", cancellationToken));
    }

    [Fact]
    public async Task The_fault_proxy_carries_four_letter_words_and_cuts_when_told_to()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        await using ApacheServer server = await ApacheServer.StartAsync(cancellationToken: cancellationToken);
        await using FaultProxy proxy = FaultProxy.Start(server.ConnectionString);
        Assert.Equal("imok", await FourLetterWord.AskAsync(proxy.Port, "ruok", cancellationToken));

        proxy.RefusesConnections = true;
        Exception? refusal = await Record.ExceptionAsync(() => FourLetterWord.AskAsync(proxy.Port, "ruok", cancellationToken));
        Assert.True(refusal is IOException or SocketException, $"{refusal}");
    }
}
