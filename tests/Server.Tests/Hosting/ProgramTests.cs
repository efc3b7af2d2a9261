using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The standalone program as an operator meets it: a process, signals and exit codes.</summary>
public sealed partial class ProgramTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task SIGTERM_ends_a_thousand_idle_sessions_within_two_seconds_and_with_code_0()
    {
        (RunningProcess process, IPEndPoint endpoint) = await StartAsync("maxClientCnxns=0");
        await using RunningProcess server = process;
        List<RawClient> clients = [];
        for (int i = 0; i < 1000; i++)
            clients.Add(await RawClient.ConnectAsync(endpoint, 30_000));

        Assert.True(await server.StopAsync(Patience));
        Assert.Equal(0, server.ExitCode);

        // The server's own time: how long a machine under load takes to end a process is no part of it.
        Match stopped = StoppedWithin().Match(server.Output);
        Assert.True(stopped.Success, server.Output);
        Assert.InRange(int.Parse(stopped.Groups["ms"].Value, CultureInfo.InvariantCulture), 0, 2000);
        foreach (RawClient client in clients)
        {
            Assert.Null(await client.ReadFrameAsync());
            client.Dispose();
        }
    }

    [Fact]
    public async Task Every_acknowledged_write_survives_kill_9()
    {
        int acknowledged = 0;
        for (int round = 0; round < 4; round++)
        {
            (RunningProcess process, IPEndPoint endpoint) = await StartAsync();
            await using RunningProcess server = process;
            using RawClient client = await RawClient.ConnectAsync(endpoint, 30_000);
            for (int i = 0; i < acknowledged; i++)
                Assert.NotNull(await client.ReadAsync($"/n{i:d6}"));

            int target = acknowledged + 50 + (round * 37);
            while (acknowledged < target)
            {
                ErrorCode error = (await client.CreateAsync($"/n{acknowledged:d6}", [1])).Header.Error;

                // The write that was under way when the last round ended may be there: it was not acknowledged, nor refused.
                Assert.True(error is ErrorCode.Ok or ErrorCode.NodeExists, $"{error}");
                acknowledged++;
            }

            await client.SendAsync(OpCode.Create, RawRequests.Create($"/n{acknowledged:d6}", [1]));
            server.Signal(PosixSignalNumber.Kill);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_second_start_on_the_directory_names_the_first_and_ends_with_code_3()
    {
        (RunningProcess process, _) = await StartAsync();
        await using RunningProcess first = process;
        await using RunningProcess second = Run(WriteConfiguration(""));
        await second.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(3, second.ExitCode);
        Assert.Contains($"{first.Id}", second.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tickTime=never", 2)]
    [InlineData("server.1=a:1:2\nserver.2=a:1:3", 2)]
    [InlineData("clientPortAddress=192.0.2.77", 5)]
    public async Task A_start_that_cannot_work_ends_with_its_code_and_says_why(string line, int code)
    {
        await using RunningProcess server = Run(WriteConfiguration(line));
        await server.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(server.ExitCode == code, $"{server.ExitCode}\n{server.Error}");
        Assert.NotEmpty(server.Error);
    }

    [Fact]
    public async Task A_damaged_log_ends_with_code_4_and_is_left_alone()
    {
        (RunningProcess process, IPEndPoint endpoint) = await StartAsync();
        await using (RunningProcess server = process)
        {
            using RawClient client = await RawClient.ConnectAsync(endpoint, 30_000);
            for (int i = 0; i < 20; i++)
                await client.CreateAsync($"/n{i}", new byte[100]);
            server.Signal(PosixSignalNumber.Kill);
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        string log = Directory.EnumerateFiles(_directory.Combine("data/version-2"), "log.*").Single();
        byte[] bytes = await File.ReadAllBytesAsync(log, TestContext.Current.CancellationToken);
        bytes[500] ^= 0xff;
        await File.WriteAllBytesAsync(log, bytes, TestContext.Current.CancellationToken);

        await using RunningProcess again = Run(WriteConfiguration(""));
        await again.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(4, again.ExitCode);
        Assert.Contains(log, again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_who_take_every_socket_do_not_take_the_next_log_file()
    {
        if (!OperatingSystem.IsLinux())
            return;

        (RunningProcess process, IPEndPoint endpoint) = await StartAsync("maxClientCnxns=0\nsnapCount=20", descriptors: 250);
        await using RunningProcess server = process;
        using RawClient client = await RawClient.ConnectAsync(endpoint, 30_000);
        List<RawClient> strangers = [];
        for (int i = 0; i < 300; i++)
        {
            try
            {
                strangers.Add(await RawClient.DialAsync(endpoint));
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Turned away while it still connected.
            }
        }

        // Several logs and snapshots later.
        for (int i = 0; i < 100; i++)
            Assert.Equal(ErrorCode.Ok, (await client.CreateAsync($"/n{i}", [1])).Header.Error);
        strangers.ForEach(static stranger => stranger.Dispose());
        Assert.True(await server.StopAsync(Patience));
        Assert.Equal(0, server.ExitCode);
    }

    private static RunningProcess Run(string configuration, int? descriptors = null)
    {
        string server = Path.Combine(AppContext.BaseDirectory, "Coordination.Server.dll");
        return descriptors is { } count
            ? RunningProcess.Start("/bin/sh", ["-c", $"ulimit -n {count}; exec dotnet \"$0\" \"$1\"", server, configuration])
            : RunningProcess.Start("dotnet", [server, configuration]);
    }

    private async Task<(RunningProcess Process, IPEndPoint Endpoint)> StartAsync(string line = "", int? descriptors = null)
    {
        RunningProcess process = Run(WriteConfiguration(line), descriptors);
        string serving = await process.WaitForLineAsync(
            text => text.Contains("Serving ", StringComparison.Ordinal), Patience, TestContext.Current.CancellationToken);
        return (process, IPEndPoint.Parse(Endpoint().Match(serving).Groups["endpoint"].Value));
    }

    private string WriteConfiguration(string line)
    {
        string file = _directory.Combine("zoo.cfg");
        File.WriteAllText(file, $"clientPort=0\nclientPortAddress=127.0.0.1\ntickTime=2000\npreAllocSize=64\ndataDir={_directory.Combine("data")}\n{line}\n");
        return file;
    }

    [GeneratedRegex(@"Stopped within (?<ms>[0-9]+) ms", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex StoppedWithin();

    [GeneratedRegex(@"Serving (?<endpoint>[0-9.:]+),", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Endpoint();
}
