using System.CommandLine;
using System.Text.Json;
using Coordination.Server.Hosting;
using Coordination.Server.Hosting.CommandLine;
using Coordination.Server.Tests.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The commands that look at a data directory which nobody serves: they see everything and touch nothing.</summary>
public sealed class OfflineToolsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_whole_directory_is_verified_file_by_file_and_rebuilt()
    {
        Result result = await RunAsync("restarted", "verify");
        Assert.Equal(ExitCode.Stopped, result.Code);
        Assert.Equal(6, result.Lines.Count(line => line.Contains(" state whole ", StringComparison.Ordinal)));
        Assert.Contains("start state possible", result.Lines[^1], StringComparison.Ordinal);
        Assert.Contains("lastZxid 0x3b replayed 22 znodes 47 sessions 0", result.Lines[^1], StringComparison.Ordinal);
        Assert.Contains("digestsChecked 22 digestMismatches 0", result.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_torn_log_is_told_and_left_as_it_is()
    {
        Result result = await RunAsync("plain", "verify", log => log.AsSpan(0, 1100).ToArray());
        Assert.Equal(ExitCode.Stopped, result.Code);
        Assert.Contains("state \"torn: a start cuts it\"", result.Lines[1], StringComparison.Ordinal);
        Assert.Contains("start state possible", result.Lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_log_is_named_with_offset_and_advice()
    {
        Result result = await RunAsync("plain", "verify", Damaged);
        Assert.Equal(ExitCode.DataRefused, result.Code);
        Assert.Contains("version-2/log.1 state damaged offset 512 reason", result.Lines[1], StringComparison.Ordinal);
        Assert.Contains("Restore the file from a copy", result.Lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dump_of_a_damaged_log_shows_what_precedes_the_damage()
    {
        Result result = await RunAsync("plain", "dump", Damaged, file: "version-2/log.1");
        Assert.Equal(ExitCode.DataRefused, result.Code);
        Assert.Equal(5, result.Lines.Length);
        Assert.Contains("damaged at offset 512", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dump_shows_what_a_start_would_read_in_order()
    {
        Result result = await RunAsync("plain", "dump");
        Assert.Equal(ExitCode.Stopped, result.Code);
        Assert.StartsWith("snapshot file ", result.Lines[0], StringComparison.Ordinal);
        Assert.Equal(4, result.Lines.Count(line => line.StartsWith("znode path ", StringComparison.Ordinal)));
        Assert.Equal(15, result.Lines.Count(line => line.StartsWith("transaction zxid ", StringComparison.Ordinal)));
        Assert.Contains("type create path /a ephemeral 0 parentCversion 1 acl world:anyone:crwda bytes 5 data \"hello\"", string.Join('\n', result.Lines), StringComparison.Ordinal);
        Assert.Equal(4, result.Lines.Count(line => line.StartsWith("part zxid 0xd ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("verify", null)]
    [InlineData("dump", null)]
    [InlineData("dump", "version-2/log.26")]
    [InlineData("dump", "version-2/snapshot.25")]
    [InlineData("verify", "version-2/snapshot.25")]
    public async Task With_json_every_line_is_an_object_that_says_what_it_is(string command, string? file)
    {
        Result result = await RunAsync("restarted", command, file: file, option: "--json");
        Assert.Equal(ExitCode.Stopped, result.Code);
        Assert.All(result.Lines, static line => Assert.True(JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()!.Length > 0));
    }

    [Fact]
    public async Task What_is_no_data_directory_is_refused_as_a_mistake_of_the_command_line()
    {
        Assert.Equal(ExitCode.Configuration, (await RunAsync("plain", "verify", file: "none")).Code);
        Assert.Equal(ExitCode.Configuration, (await RunAsync("plain", "dump", file: "README")).Code);
    }

    private static byte[] Damaged(byte[] log)
    {
        log[600] ^= 0xff;
        return log;
    }

    private async Task<Result> RunAsync(
        string golden, string command, Func<byte[], byte[]>? change = null, string? file = null, string? option = null)
    {
        _directory.CopyFrom(Golden.Source(golden));
        string log = _directory.Combine("version-2/log.1");
        if (change is not null)
            await File.WriteAllBytesAsync(log, change(await File.ReadAllBytesAsync(log)));
        Dictionary<string, byte[]> before = Content();
        StringWriter output = new();
        StringWriter errors = new();
        string[] arguments = [command, file is null ? _directory.Path : _directory.Combine(file), .. option is null ? Array.Empty<string>() : [option]];
        int code = await ServerCommandLine.Build([]).Parse(arguments).InvokeAsync(
            new InvocationConfiguration { Output = output, Error = errors }, TestContext.Current.CancellationToken);
        Assert.Equal(before, Content());
        return new Result(code, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), errors.ToString());
    }

    private Dictionary<string, byte[]> Content() => Directory.EnumerateFiles(_directory.Path, "*", SearchOption.AllDirectories)
        .ToDictionary(static path => path, File.ReadAllBytes, StringComparer.Ordinal);

    private sealed record Result(int Code, string[] Lines, string Errors);
}
