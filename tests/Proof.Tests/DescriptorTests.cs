using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Proof.Tests;

/// <summary>A server without a free descriptor: accepting pauses, and nobody who is connected notices.</summary>
public sealed class DescriptorTests
{
    private const int Spare = 3;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_free_descriptor_accepting_pauses_and_who_is_connected_is_served()
    {
        await using OwnServer server = await ServerVitals.StartAsync(tickTime: 2000, Cancellation);
        var endpoint = new IPEndPoint(IPAddress.Loopback, server.Port);
        using RawClient early = await RawClient.ConnectAsync(endpoint, 30_000);
        Assert.Equal(ErrorCode.Ok, (await early.CallAsync(OpCode.Create, new CreateRequest("/early", [1], Acl.Open, CreateMode.Persistent))).Header.Error);

        int limit = server.Descriptors() + Spare;
        await LimitAsync(server, $"{limit}:20000");
        List<RawClient> crowd = [];
        try
        {
            for (int i = 0; i < 10 * Spare; i++)
                crowd.Add(await RawClient.DialAsync(endpoint));
            await Eventually.HoldsAsync(
                () => server.LogLines().Any(static line => line.Contains("No descriptor is left", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(20), () => server.Describe(), Cancellation);

            TimeSpan cpu = server.CpuTime();
            await WriteAsync(server, early);
            TimeSpan used = server.CpuTime() - cpu;
            Assert.True(used < TimeSpan.FromMilliseconds(600), $"{used} of processor time for waiting");
            Assert.InRange(server.Descriptors(), 0, limit);

            // Room again: whoever waited is served without having to come back.
            await LimitAsync(server, "20000:20000");
            ConnectResponse late = await crowd[^1].HandshakeAsync(new ConnectRequest(0, 0, 10_000, 0, new byte[16], false));
            Assert.NotEqual(0, late.SessionId);
            ProofReport.Line($"descriptors: {10 * Spare} connections for {Spare} descriptors; 50 writes served meanwhile, {used.TotalMilliseconds:f0} ms of processor time");
        }
        finally
        {
            crowd.ForEach(static client => client.Dispose());
        }
    }

    private static async Task WriteAsync(OwnServer server, RawClient client)
    {
        try
        {
            for (int i = 0; i < 50; i++)
            {
                Assert.Equal(ErrorCode.Ok, (await client.CallAsync(OpCode.SetData, new SetDataRequest("/early", [2], -1))).Header.Error);
                await Task.Delay(20, Cancellation);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            Assert.Fail($"{e.Message} {server.Describe()}");
        }
    }

    private static async Task LimitAsync(OwnServer server, string limits)
    {
        ProcessResult result = await ProcessRunner.RunAsync("prlimit", ["--pid", $"{server.Process.Id}", $"--nofile={limits}"]);
        Assert.True(result.ExitCode == 0, $"{result}");
    }
}
