using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>
/// The operating system refuses a call of the real program: it ends with code 10, acknowledges nothing after the refusal, and the next
/// start has everything it acknowledged before. strace plays the operating system.
/// </summary>
public sealed class InjectedFaultTests : IDisposable
{
    private static readonly (string Call, string Error, int Span)[] Faults =
    [
        ("fdatasync", "EIO", 60), ("fsync", "EIO", 12), ("pwrite64", "ENOSPC", 90), ("rename", "EIO", 5), ("fdatasync", "ENOSPC", 60),
        ("ftruncate", "EIO", 8), ("pwrite64", "EIO", 90), ("fsync", "ENOSPC", 12),
    ];

    // Otherwise the runtime maps its own memory through a file, and a refused ftruncate may be that one.
    private const string WithoutFilesOfTheRuntime = "DOTNET_EnableWriteXorExecute=0";

    private readonly TempDirectory _directory = new();
    private readonly List<long> _acknowledged = [];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_call_that_fails_ends_the_program_before_anything_else_is_acknowledged()
    {
        Peers.Require(Peer.Strace);
        await StartAndEndAsync();
        int rounds = ProofScale.Of(4, 16, 80);
        int seed = Random.Shared.Next();
        Random random = new(seed);
        for (int round = 0; round < rounds; round++)
        {
            (string call, string error, int span) = Faults[round % Faults.Length];
            await FailAsync(call, error, 1 + random.Next(span), $"round {round} of seed {seed}");
        }

        Assert.True(_acknowledged.Count > 0);
    }

    [Fact]
    public async Task A_transaction_costs_one_write_and_one_sync_and_changes_no_size()
    {
        Peers.Require(Peer.Strace);
        await StartAndEndAsync();
        string trace = _directory.Combine("trace");
        const int count = 50;
        await using (ProgramProcess server = ProgramProcess.Start(
            _directory, "preAllocSize=1024", Peers.Strace, "-f", "--seccomp-bpf", "-qq", "-y", "-o", trace, "-e", "trace=pwrite64,fdatasync,fsync,ftruncate"))
        {
            using RawClient client = await RawClient.ConnectAsync(Assert.IsType<IPEndPoint>(await server.ServesAsync()), 30_000);
            for (int i = 0; i < count; i++)
                Assert.Equal(ErrorCode.Ok, (await client.CreateAsync($"/one-{i}", new byte[100])).Header.Error);
            server.Process.Signal(PosixSignalNumber.Kill);
            await server.ExitCodeAsync();
        }

        // The first record names the file; what follows stands in it under its own name.
        string[] calls = [.. (await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken))
            .Where(static line => line.Contains("/version-2/log.", StringComparison.Ordinal))];
        Assert.Equal(count, calls.Count(static line => line.Contains("fdatasync(", StringComparison.Ordinal)));
        Assert.Equal(count, calls.Count(static line => line.Contains("pwrite64(", StringComparison.Ordinal)));
        Assert.Equal(2 * count, calls.Length);
    }

    private async Task FailAsync(string call, string error, int when, string where)
    {
        string trace = _directory.Combine("trace");
        string what = $"{call} number {when.ToString(CultureInfo.InvariantCulture)} fails with {error}, {where}";
        await using (ProgramProcess server = ProgramProcess.Start(
            _directory, "snapCount=20", Peers.Strace, "-f", "--seccomp-bpf", "-qq", "-y", "-o", trace, "-E", WithoutFilesOfTheRuntime,
            "-e", "trace=fdatasync,fsync,pwrite64,rename,ftruncate,sendto,sendmsg,write,writev", "-e", $"inject={call}:error={error}:when={when}"))
        {
            if (await server.ServesAsync() is { } endpoint)
                await WriteUntilClosedAsync(endpoint);
            Assert.True(await server.ExitCodeAsync() == 10, $"{what}: exit code {server.Process.ExitCode}\n{server.Process.Output}\n{server.Process.Error}");
        }

        await RequireSilenceAsync(trace, what);
        await VerifyAsync(what);
    }

    private async Task WriteUntilClosedAsync(IPEndPoint endpoint)
    {
        try
        {
            using RawClient client = await RawClient.ConnectAsync(endpoint, 30_000);
            while (_acknowledged.Count < 100_000)
            {
                await client.SendAsync(OpCode.Create, RawRequests.Create("/w/n-", [1], CreateMode.PersistentSequential));
                if (await client.ReadReplyAsync() is not { } reply)
                    return;

                Assert.Equal(ErrorCode.Ok, reply.Header.Error);
                _acknowledged.Add(reply.Header.Zxid);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The program has ended.
        }
    }

    /// <summary>With one request at a time, nothing that is sent after the log's failure can be the answer to anything before it.</summary>
    private static async Task RequireSilenceAsync(string trace, string what)
    {
        string[] lines = await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken);
        int failed = Array.FindIndex(lines, static line => line.Contains("(INJECTED)", StringComparison.Ordinal));
        Assert.True(failed >= 0, $"{what}: it never came to that");
        if (!lines[failed].Contains("log.", StringComparison.Ordinal))
            return;

        string? sent = lines.Skip(failed).FirstOrDefault(static line =>
            (line.Contains("<socket:", StringComparison.Ordinal) || line.Contains("<TCP", StringComparison.Ordinal))
            && (line.Contains(" sendto(", StringComparison.Ordinal) || line.Contains(" sendmsg(", StringComparison.Ordinal) || line.Contains(" write", StringComparison.Ordinal)));
        Assert.True(sent is null, $"{what}: sent afterwards: {sent}");
    }

    private async Task VerifyAsync(string what)
    {
        await using ProgramProcess server = ProgramProcess.Start(_directory);
        using RawClient client = await RawClient.ConnectAsync(
            await server.ServesAsync() ?? throw new InvalidOperationException($"{what}: {server.Process.Error}"), 30_000);
        RawReply listing = await client.CallAsync(OpCode.GetChildren, new GetChildrenRequest("/w", Watch: false));
        HashSet<long> there = [];
        foreach (string? name in listing.As<GetChildrenResponse>().Children!)
            there.Add((await client.CallAsync(OpCode.Exists, new ExistsRequest($"/w/{name}", Watch: false))).As<ExistsResponse>().Stat.Czxid);
        Assert.True(there.IsSupersetOf(_acknowledged), what);
        Assert.True(await server.Process.StopAsync(TimeSpan.FromSeconds(30)));
    }

    private async Task StartAndEndAsync()
    {
        await using ProgramProcess server = ProgramProcess.Start(_directory);
        using RawClient client = await RawClient.ConnectAsync(Assert.IsType<IPEndPoint>(await server.ServesAsync()), 30_000);
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/w", [])).Header.Error);
        Assert.True(await server.Process.StopAsync(TimeSpan.FromSeconds(30)));
    }
}
