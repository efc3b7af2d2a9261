using System.Net;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests.Words;

/// <summary>Apache's server and ours, each with the same scene behind it.</summary>
public sealed class WordServers : IAsyncLifetime
{
    private ApacheServer? _apache;
    private OwnServer? _own;
    private WordScene? _theirs;
    private WordScene? _ours;

    internal WordScene Theirs => _theirs!;

    internal WordScene Ours => _ours!;

    public async ValueTask InitializeAsync()
    {
        ServerProcessOptions options = new() { TickTime = 2000 };
        _apache = await ApacheServer.StartAsync(options, TestContext.Current.CancellationToken);
        _own = await OwnServer.StartAsync(options, TestContext.Current.CancellationToken);
        _theirs = await WordScene.PlayAsync(IPEndPoint.Parse(_apache.ConnectionString));
        _ours = await WordScene.PlayAsync(IPEndPoint.Parse(_own.ConnectionString));
    }

    public async ValueTask DisposeAsync()
    {
        _theirs?.Dispose();
        _ours?.Dispose();
        if (_apache is not null)
            await _apache.DisposeAsync();
        if (_own is not null)
            await _own.DisposeAsync();
    }
}
