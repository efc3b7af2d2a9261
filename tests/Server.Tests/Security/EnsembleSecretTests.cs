using System.Net;
using Coordination.Server.Sessions;
using Coordination.Testing;

namespace Coordination.Server.Tests.Security;

/// <summary>The secret behind session passwords, over restarts.</summary>
public sealed class EnsembleSecretTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_embedded_servers_secret_is_its_owners_alone_and_outlives_a_restart()
    {
        await using EmbeddedServer server = await StartAsync(null);
        string file = _directory.Combine("ensemble.secret");
        Assert.Equal(65, new FileInfo(file).Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        using RawClient client = await ConnectAsync(server);
        await server.KillAsync();
        await server.RestartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(client.Session.SessionId, await AttachAsync(server, client.Session.SessionId, client.Session.Password!));
    }

    [Fact]
    public async Task Sessions_from_before_the_secret_keep_their_password_and_later_ones_have_a_better_one()
    {
        string? secret = null;
        await using EmbeddedServer server = await StartAsync(options => options.Security.EnsembleSecretFile = secret);
        using RawClient before = await ConnectAsync(server);
        Assert.Equal(SessionPassword.For(before.Session.SessionId), before.Session.Password);

        secret = WriteSecret("one");
        await RestartAsync(server);
        using RawClient after = await ConnectAsync(server);
        Assert.Equal(before.Session.SessionId, await AttachAsync(server, before.Session.SessionId, before.Session.Password!));
        Assert.Equal(0, await AttachAsync(server, after.Session.SessionId, SessionPassword.For(after.Session.SessionId)));

        // Still so after the next start, and under another secret: what was keyed once is never had for a guess.
        secret = WriteSecret("two");
        await RestartAsync(server);
        Assert.Equal(before.Session.SessionId, await AttachAsync(server, before.Session.SessionId, before.Session.Password!));
        Assert.Equal(0, await AttachAsync(server, after.Session.SessionId, SessionPassword.For(after.Session.SessionId)));
        Assert.Equal(0, await AttachAsync(server, after.Session.SessionId, after.Session.Password!));
    }

    [Theory]
    [InlineData("short", 0x180)]
    [InlineData("a secret that is long enough", 0x1A4)]
    public async Task A_secret_that_is_none_stops_the_start(string text, int mode)
    {
        string file = _directory.Combine("bad.secret");
        File.WriteAllText(file, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, (UnixFileMode)mode);
        ServerConfigurationException refusal = await Assert.ThrowsAsync<ServerConfigurationException>(
            async () => await StartAsync(options => options.Security.EnsembleSecretFile = file));
        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(text, refusal.Message, StringComparison.Ordinal);
    }

    private ValueTask<EmbeddedServer> StartAsync(Action<CoordinationServerOptions>? configure) => EmbeddedServer.StartAsync(
        new EmbeddedServerOptions { DataDirectory = _directory.Path, Configure = configure }, TestContext.Current.CancellationToken);

    private static async Task RestartAsync(EmbeddedServer server)
    {
        await server.StopAsync(TestContext.Current.CancellationToken);
        await server.RestartAsync(TestContext.Current.CancellationToken);
    }

    private static Task<RawClient> ConnectAsync(EmbeddedServer server) =>
        RawClient.ConnectAsync(IPEndPoint.Parse(server.ConnectionString), timeoutMilliseconds: 60_000);

    private static async Task<long> AttachAsync(EmbeddedServer server, long id, byte[] password)
    {
        using RawClient client = await RawClient.ConnectAsync(IPEndPoint.Parse(server.ConnectionString), 60_000, id, password);
        return client.Session.SessionId;
    }

    private string WriteSecret(string name)
    {
        string file = _directory.Combine(name + ".secret");
        File.WriteAllText(file, $"a secret that is long enough: {name}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }
}
