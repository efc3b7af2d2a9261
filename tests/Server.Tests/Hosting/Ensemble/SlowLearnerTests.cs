using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting.Ensemble;

/// <summary>A learner that is brought up to date and then does not read.</summary>
public sealed class SlowLearnerTests
{
    private const int ObserverId = 77;

    [Fact]
    public async Task A_learner_that_does_not_read_is_cut_off_and_holds_up_nobody()
    {
        await using TestEnsemble ensemble = new(2) { MaxBacklogBytes = 1 << 20, Tick = 1_000 };
        await ensemble.StartAsync();
        TestMember leader = await ensemble.ServesAsync();
        using Socket observer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await observer.ConnectAsync(IPAddress.Loopback, ensemble.QuorumPortOf(leader.Sid), TestContext.Current.CancellationToken);
        await BecomeObserverAsync(observer);

        using RawClient client = await leader.ConnectAsync();
        await EnsembleTests.CreateManyAsync(client, "large", 1_500, size: 10_000);
        await Eventually.HoldsAsync(
            () => Task.FromResult(leader.Log.Any(static line => line.Contains("bytes wait for it", StringComparison.Ordinal)
                || line.Contains("bytes were not read", StringComparison.Ordinal))),
            TimeSpan.FromSeconds(30),
            () => string.Join('\n', leader.Log.TakeLast(20)),
            TestContext.Current.CancellationToken);

        Assert.True(await EnsembleTests.EndsAsync(observer));
        await ensemble.AgreeAsync();
    }

    private static async Task BecomeObserverAsync(Socket socket)
    {
        byte[] received = [];
        await SendAsync(socket, static (ref JuteWriter writer) => QuorumPacketWriter.WriteLearnerInfo(
            ref writer, isObserver: true, acceptedEpoch: 0, new LearnerInfo(ObserverId, LearnerInfo.ApacheVersion, 0)));
        QuorumPacket epoch = await ReadAsync(QuorumPacketType.LeaderInfo);
        await SendAsync(socket, static (ref JuteWriter writer) => QuorumPacketWriter.WriteAckEpoch(ref writer, Zxid.Zero, new EpochPromise(0)));
        await ReadAsync(QuorumPacketType.NewLeader);
        await SendAsync(socket, (ref JuteWriter writer) => QuorumPacketWriter.Write(ref writer, QuorumPacketType.Ack, epoch.Zxid));
        await ReadAsync(QuorumPacketType.UpToDate);

        // What lies between is a plan, with a snapshot perhaps, which nobody here looks into.
        async Task<QuorumPacket> ReadAsync(QuorumPacketType type)
        {
            byte[] buffer = new byte[4096];
            while (true)
            {
                for (int start = 0; start + QuorumPacket.MinimumSize <= received.Length; start++)
                {
                    if (TryParse(received.AsSpan(start), type, out QuorumPacket packet, out int length))
                    {
                        received = received[(start + length)..];
                        return packet;
                    }
                }

                int count = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
                Assert.NotEqual(0, count);
                received = [.. received, .. buffer.AsSpan(0, count)];
            }
        }
    }

    private static bool TryParse(ReadOnlySpan<byte> bytes, QuorumPacketType type, out QuorumPacket packet, out int length)
    {
        packet = default;
        length = 0;
        try
        {
            if (!QuorumPacketReader.TryRead(bytes, 1 << 16, out QuorumPacketView view) || view.Type != type)
                return false;
            packet = view.ToPacket();
            length = view.Length;
            return true;
        }
        catch (JuteFormatException)
        {
            return false;
        }
    }

    private delegate void Writing(ref JuteWriter writer);

    private static async Task SendAsync(Socket socket, Writing write)
    {
        using FrameBuffer output = new();
        Write(output, write);
        await socket.SendAsync(output.WrittenMemory, TestContext.Current.CancellationToken);
    }

    private static void Write(FrameBuffer output, Writing write)
    {
        JuteWriter writer = new(output);
        write(ref writer);
        writer.Flush();
    }
}
