using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using Coordination.Server.Network.Ensemble;

namespace Coordination.Server.Tests.Network.Ensemble;

/// <summary>Elections over loopback, and what a stranger at the port can do.</summary>
public sealed class ElectionTransportTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Servers_elect_the_best(int size)
    {
        await using Servers servers = await Servers.StartAsync(size);
        foreach ((long id, ElectingServer server) in servers.All)
            server.Begin(servers.Configuration, Zxid.Create(1, id == 2 ? 9u : 4u), 1);
        foreach ((long id, ElectingServer server) in servers.All)
        {
            ElectionOutcome outcome = await server.Outcome.WaitAsync(Patience);
            Assert.Equal((2, id == 2 ? PeerState.Leading : PeerState.Following), (outcome.Vote.Leader, outcome.State));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_latecomer_joins_whom_the_others_found(long latecomer)
    {
        await using Servers servers = await Servers.StartAsync(3, missing: latecomer);
        foreach (ElectingServer server in servers.All.Values)
            server.Begin(servers.Configuration);
        foreach (ElectingServer server in servers.All.Values)
            Assert.Equal(latecomer == 3 ? 2 : 3, (await server.Outcome.WaitAsync(Patience)).Vote.Leader);
        foreach (ElectingServer server in servers.All.Values)
            server.Establish(1);

        ElectingServer late = await servers.AddAsync(latecomer);
        late.Begin(servers.Configuration, Zxid.Create(7, 7), 7);
        Assert.Equal(
            (PeerState.Following, latecomer == 3 ? 2 : 3L, 1L),
            ((await late.Outcome.WaitAsync(Patience)).State, late.Election.Current.Leader, late.Election.Current.PeerEpoch));
    }

    [Fact]
    public async Task The_dead_are_not_waited_for()
    {
        await using Servers servers = await Servers.StartAsync(3);
        foreach (ElectingServer server in servers.All.Values)
            server.Begin(servers.Configuration);
        foreach (ElectingServer server in servers.All.Values)
            await server.Outcome.WaitAsync(Patience);

        await servers.RemoveAsync(3);
        foreach (ElectingServer server in servers.All.Values)
            server.Begin(servers.Configuration);
        foreach (ElectingServer server in servers.All.Values)
            Assert.Equal(2, (await server.Outcome.WaitAsync(Patience)).Vote.Leader);
    }

    [Fact]
    public async Task The_larger_number_calls_back_where_the_smaller_says_it_is()
    {
        await using var server = new ElectingServer(3);
        await server.ListenAsync();
        using Socket home = Listener();
        server.Begin(Configuration((1, 1), (3, server.Port)));

        using (Socket asking = await DialAsync(server.Port))
        {
            await asking.SendAsync(Greeting(1, PortOf(home)));
            Assert.Equal(0, await asking.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        }

        using Socket called = await home.AcceptAsync().WaitAsync(Patience);
        byte[] expected = Greeting(3, server.Port);
        Assert.Equal(expected, await ReadAsync(called, expected.Length));
        ElectionNotification vote = await ReadNotificationAsync(called);
        Assert.Equal((PeerState.Looking, 3L, 1L), (vote.State, vote.Leader, vote.Round));
    }

    [Fact]
    public async Task The_smaller_number_keeps_the_newest_connection_and_says_its_last_word_again()
    {
        await using var server = new ElectingServer(1);
        await server.ListenAsync();
        server.Begin(Configuration((1, server.Port), (3, 1)));
        using Socket first = await DialAsync(server.Port);
        await first.SendAsync(Greeting(3, 1));
        ElectionNotification vote = await ReadNotificationAsync(first);

        using Socket second = await DialAsync(server.Port);
        await second.SendAsync(Greeting(3, 1));
        Assert.Equal(vote, await ReadNotificationAsync(second));
        await ReadToEndAsync(first);
    }

    [Fact]
    public async Task A_greeting_may_come_in_pieces_with_messages_behind_it()
    {
        await using var server = new ElectingServer(1);
        await server.ListenAsync();
        QuorumConfiguration configuration = Configuration((1, server.Port), (3, 1));
        server.Begin(configuration);
        using Socket peer = await DialAsync(server.Port);
        byte[] vote = ElectionConnection.Encode(new(PeerState.Leading, 3, Zxid.Zero, 1, 1, 2, configuration.ToString()));
        byte[] looking = ElectionConnection.Encode(new(PeerState.Looking, 3, Zxid.Zero, 1, 0, 2, configuration.ToString()));
        foreach (byte[] piece in Greeting(3, 1).Concat(looking).Concat(vote).Chunk(7))
            await peer.SendAsync(piece);
        Assert.Equal(3, (await server.Outcome.WaitAsync(Patience)).Vote.Leader);
    }

    [Theory]
    [InlineData("00 00 00 00 00 00 00 01 00 00 00 00")]
    [InlineData("FF FF FF FF FF FE 00 00 00 00 00 00 00 00 00 09")]
    [InlineData("FF FF FF FF FF FF 00 00 00 00 00 00 00 00 00 09 00 00 08 01")]
    [InlineData("FF FF FF FF FF FF 00 00 00 00 00 00 00 00 00 09 00 00 00 00")]
    [InlineData("FF FF FF FF FF FF 00 00 00 00 00 00 00 00 00 09 00 00 00 01 41")]
    [InlineData("FF FF FF FF FF FF 00 00 00 00 00 00 00 00 00 09 00 00 00 03 41 3A 31 7F FF FF FF")]
    [InlineData("FF FF FF FF FF FF 00 00 00 00 00 00 00 00 00 09 00 00 00 03 41 3A 31 FF FF FF FF")]
    [InlineData("FF FF FF FF FF FF 00 00 00 00 00 00 00 00 00 03 00 00 00 03 41 3A 31")]
    public async Task What_is_no_greeting_or_no_message_costs_the_connection_alone(string hex)
    {
        await using var server = new ElectingServer(3);
        await server.ListenAsync();
        server.Begin(Configuration((1, 1), (3, server.Port), (9, 1)));
        using Socket stranger = await DialAsync(server.Port);
        await stranger.SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        await ReadToEndAsync(stranger);

        using Socket peer = await DialAsync(server.Port);
        await peer.SendAsync(Greeting(9, 1));
        Assert.Equal(3, (await ReadNotificationAsync(peer)).Leader);
    }

    [Fact]
    public async Task A_message_that_is_no_notification_is_passed_over()
    {
        await using var server = new ElectingServer(1);
        await server.ListenAsync();
        QuorumConfiguration configuration = Configuration((1, server.Port), (3, 1));
        server.Begin(configuration);
        using Socket peer = await DialAsync(server.Port);
        await peer.SendAsync(Greeting(3, 1));
        await peer.SendAsync((byte[])[0, 0, 0, 2, 1, 1, 0, 0, 0, 27, .. new byte[27]]);
        await peer.SendAsync(ElectionConnection.Encode(new(PeerState.Looking, 3, Zxid.Zero, 1, 0, 2, configuration.ToString())));
        Assert.Equal(3, (await server.Outcome.WaitAsync(Patience)).Vote.Leader);
    }

    [Fact]
    public async Task Who_does_not_say_who_it_is_is_closed_in_time()
    {
        await using var server = new ElectingServer(1, new ElectionTransportOptions { MyId = 1, HandshakeTimeout = TimeSpan.FromMilliseconds(100) });
        await server.ListenAsync();
        server.Begin(Configuration((1, server.Port), (3, 1)));
        using Socket silent = await DialAsync(server.Port);
        await silent.SendAsync(Greeting(3, 1).AsMemory(0, 12));
        await ReadToEndAsync(silent);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_tried_again()
    {
        Socket holder = Listener();
        int port = PortOf(holder);
        await using var impatient = new ElectingServer(
            1, new ElectionTransportOptions { MyId = 1, BindAttempts = 2, BindPause = TimeSpan.FromMilliseconds(10) });
        IOException error = await Assert.ThrowsAsync<IOException>(() => impatient.ListenAsync(port));
        Assert.Contains("election port", error.Message, StringComparison.Ordinal);

        await using var patient = new ElectingServer(
            1, new ElectionTransportOptions { MyId = 1, BindAttempts = 0, BindPause = TimeSpan.FromMilliseconds(10) });
        Task listening = patient.ListenAsync(port);
        holder.Dispose();
        await listening.WaitAsync(Patience);
    }

    private static QuorumConfiguration Configuration(params (long Id, int Port)[] members) => Servers.ConfigurationOf(members);

    private static Socket Listener()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static int PortOf(Socket listener) => ((IPEndPoint)listener.LocalEndPoint!).Port;

    private static async Task<Socket> DialAsync(int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port).WaitAsync(Patience);
        return socket;
    }

    private static byte[] Greeting(long server, int port)
    {
        ArrayBufferWriter<byte> bytes = new();
        JuteWriter writer = new(bytes);
        new ElectionGreeting(ElectionGreeting.OneAddress, server, [new HostPort("127.0.0.1", port)]).Write(ref writer);
        writer.Flush();
        return bytes.WrittenSpan.ToArray();
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        for (int at = 0; at < count;)
        {
            int read = await socket.ReceiveAsync(bytes.AsMemory(at)).AsTask().WaitAsync(Patience);
            Assert.NotEqual(0, read);
            at += read;
        }

        return bytes;
    }

    private static async Task<ElectionNotification> ReadNotificationAsync(Socket socket)
    {
        byte[] head = await ReadAsync(socket, 4);
        return ElectionNotification.Read(await ReadAsync(socket, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(head)));
    }

    private static async Task ReadToEndAsync(Socket socket)
    {
        byte[] bytes = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(bytes).WaitAsync(Patience) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Closed with something unread, which resets it.
        }
    }
}
