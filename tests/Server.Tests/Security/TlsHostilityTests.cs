using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Network;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Security;

/// <summary>The port of TLS among strangers: the same bounds as on the plain port, and those of the handshake.</summary>
public sealed class TlsHostilityTests
{
    /// <summary>The head of a ClientHello that never goes on.</summary>
    private static readonly byte[] HalfHello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];

    [Fact]
    public async Task Plain_text_on_the_port_of_TLS_ends_the_connection()
    {
        await using TlsWorld world = await TlsWorld.StartAsync();
        using RawClient client = await RawClient.DialAsync(world.Secure);
        await client.SendFrameAsync(new ConnectRequest(0, 0, 10_000, 0, new byte[16], false));
        byte[] answer = await client.ReadToEndAsync();
        Assert.True(answer.Length < 16, "at most an alert");
        await world.Server.ServesOthersAsync();
    }

    [Fact]
    public async Task TLS_on_the_plain_port_ends_the_connection()
    {
        await using TlsWorld world = await TlsWorld.StartAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => world.DialAsync(null, world.Server.Endpoint));
        await world.Server.ServesOthersAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_falls_silent_within_a_handshake_is_cut(bool saysSomething)
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.Tls.HandshakeTimeout = TimeSpan.FromSeconds(4));
        using RawClient client = await RawClient.DialAsync(world.Secure);
        if (saysSomething)
            await client.SendBytesAsync(HalfHello);
        Assert.Empty(await client.ReadToEndAsync());
        Assert.True(await world.IsServedAsync(world.Authority.Issue("CN=bob")));
    }

    [Fact]
    public async Task Half_handshakes_on_all_slots_lock_nobody_out()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.Tls.MaxHandshakes = 4);
        List<RawClient> silent = [];
        for (int i = 0; i < 8; i++)
        {
            RawClient client = await RawClient.DialAsync(world.Secure);
            await client.SendBytesAsync(HalfHello);
            silent.Add(client);
        }

        // A slot is given up after a second at the latest; until then newcomers may be turned away.
        X509Certificate2 bob = world.Authority.Issue("CN=bob");
        bool served = false;
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!served && !limit.IsCancellationRequested)
            served = await world.IsServedAsync(bob);
        Assert.True(served);
        silent.ForEach(static client => client.Dispose());
    }

    [Fact]
    public async Task A_handshake_that_the_hosts_own_code_breaks_is_reported_and_the_next_one_succeeds()
    {
        int handshakes = -1;
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.Tls.ConfigureHandshake = _ =>
        {
            // The one before the first is the trial when the certificates are loaded.
            if (Interlocked.Increment(ref handshakes) == 1)
                throw new InvalidOperationException("the host's own");
        });
        X509Certificate2 bob = world.Authority.Issue("CN=bob");
        Assert.False(await world.IsServedAsync(bob));
        Assert.Contains(world.Server.Log, static line =>
            line.StartsWith("205 ", StringComparison.Ordinal) && line.Contains("the host's own", StringComparison.Ordinal));
        Assert.True(await world.IsServedAsync(bob));
    }

    [Fact]
    public void A_slot_is_taken_from_the_oldest_that_has_had_its_chance()
    {
        FakeTimeProvider time = new();
        HandshakeSlots slots = new(2, time);
        List<string> ended = [];
        using IDisposable? first = slots.TryTake(() => ended.Add("first"));
        time.Advance(TimeSpan.FromMilliseconds(600));
        IDisposable? second = slots.TryTake(() => ended.Add("second"));
        Assert.Null(slots.TryTake(() => { }));
        time.Advance(TimeSpan.FromMilliseconds(600));
        using IDisposable? third = slots.TryTake(() => ended.Add("third"));
        Assert.NotNull(third);
        Assert.Equal(["first"], ended);
        Assert.Equal(2, slots.Count);
        second!.Dispose();
        first!.Dispose();
        Assert.Equal(1, slots.Count);
    }

    [Fact]
    public async Task Connections_count_together_on_both_ports()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.MaxConnectionsPerAddress = 2);
        X509Certificate2 bob = world.Authority.Issue("CN=bob");
        using RawClient plain = await world.Server.ConnectAsync();
        RawClient secure = await world.ConnectAsync(bob);
        Assert.False(await world.IsServedAsync(bob));
        secure.Dispose();
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (!await world.IsServedAsync(bob))
            limit.Token.ThrowIfCancellationRequested();
    }

    [Fact]
    public async Task The_bounds_of_the_plain_port_hold_through_TLS()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, _) => options.SessionlessTimeout = TimeSpan.FromMilliseconds(500));
        X509Certificate2 bob = world.Authority.Issue("CN=bob");

        using RawClient idle = await world.DialAsync(bob);
        Assert.Empty(await idle.ReadToEndAsync());

        using RawClient greedy = await world.ConnectAsync(bob);
        await greedy.SendBytesAsync(new byte[] { 0x7f, 0xff, 0xff, 0xff });
        Assert.Empty(await greedy.ReadToEndAsync());

        using RawClient word = await world.DialAsync(bob);
        await word.SendBytesAsync(Encoding.ASCII.GetBytes("isro"));
        Assert.Equal("rw", Encoding.ASCII.GetString(await word.ReadToEndAsync()));
    }

    [Fact]
    public async Task Large_requests_and_replies_and_a_close_go_through_TLS()
    {
        await using TlsWorld world = await TlsWorld.StartAsync();
        byte[] large = new byte[900_000];
        new Random(1).NextBytes(large);
        using RawClient client = await world.ConnectAsync(world.Authority.Issue("CN=bob"));
        for (int i = 0; i < 4; i++)
            Assert.Equal(ErrorCode.Ok, (await client.CreateAsync($"/large{i}", large)).Header.Error);
        for (int i = 0; i < 4; i++)
            Assert.Equal(large, await client.ReadAsync($"/large{i}"));
        Assert.Equal(ErrorCode.Ok, (await client.CallAsync(OpCode.CloseSession, default(EmptyRecord))).Header.Error);
        Assert.Null(await client.ReadFrameAsync());
    }

    [Fact]
    public async Task Changed_certificates_are_used_and_broken_ones_are_not()
    {
        await using TlsWorld world = await TlsWorld.StartAsync((options, w) =>
        {
            options.Tls.Certificate = null;
            options.Tls.KeyStore.Location = w.Directory.Combine("server.pem");
            options.Tls.ReloadCertificates = true;
            TestAuthority.WritePem(options.Tls.KeyStore.Location, w.Authority.Issue("CN=first"));
        });
        string file = world.Directory.Combine("server.pem");
        X509Certificate2 bob = world.Authority.Issue("CN=bob");
        using RawClient old = await world.ConnectAsync(bob);
        Assert.Equal("CN=first", old.ServerCertificate!.Subject);

        await File.WriteAllTextAsync(file, "-----BEGIN CERTIFICATE-----\nbroken\n", TestContext.Current.CancellationToken);
        await SaysAsync(world.Server, "502 ");
        using (RawClient still = await world.ConnectAsync(bob))
            Assert.Equal("CN=first", still.ServerCertificate!.Subject);

        TestAuthority.WritePem(file, world.Authority.Issue("CN=second"));
        await SaysAsync(world.Server, "501 ");
        using RawClient renewed = await world.ConnectAsync(bob);
        Assert.Equal("CN=second", renewed.ServerCertificate!.Subject);
        Assert.Equal(ErrorCode.Ok, (await old.CreateAsync("/a", [1])).Header.Error);
    }

    private static Task SaysAsync(TestServer server, string start) => Eventually.HoldsAsync(
        () => server.Log.Any(line => line.StartsWith(start, StringComparison.Ordinal)), TimeSpan.FromSeconds(60), () => string.Join("\n", server.Log));
}
