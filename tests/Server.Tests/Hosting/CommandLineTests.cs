using System.CommandLine;
using Coordination.Server.Hosting;
using Coordination.Server.Hosting.CommandLine;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The arguments of the program.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--bad", "Unknown option --bad.")]
    [InlineData("a.cfg b.cfg", "Unrecognized command or argument 'b.cfg'.")]
    [InlineData("a.cfg serve", "'a.cfg' stands before the command 'serve'; arguments come after it.")]
    [InlineData("serve --x", "Unknown option --x.")]
    public void What_is_not_understood_is_named(string arguments, string expected)
    {
        ParseResult parsed = ServerCommandLine.Build([]).Parse(arguments.Split(' '));
        Assert.Contains(expected, parsed.Errors.Select(error => error.Message));
    }

    [Theory]
    [InlineData("")]
    [InlineData("conf/zoo.cfg")]
    [InlineData("serve")]
    [InlineData("serve conf/zoo.cfg")]
    public void A_server_is_asked_for_with_and_without_the_word(string arguments) =>
        Assert.Empty(ServerCommandLine.Build([]).Parse(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Errors);

    [Theory]
    [InlineData("", true)]
    [InlineData("conf/zoo.cfg", true)]
    [InlineData("/etc/zoo.cfg", true)]
    [InlineData("../zoo.cfg", true)]
    [InlineData("serve", false)]
    [InlineData("verify", false)]
    [InlineData("dump", false)]
    [InlineData("--version", false)]
    [InlineData("-h", false)]
    [InlineData("@file", false)]
    [InlineData("[diagram]", false)]
    [InlineData("a.cfg b.cfg", false)]
    public void The_grammar_is_left_out_only_where_it_would_find_a_file_or_nothing(string arguments, bool isPlain)
    {
        string[] words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(isPlain, ServerCommandLine.IsPlain(words));
        if (isPlain)
            Assert.Equal(words.FirstOrDefault(), ServerCommandLine.Build([]).Parse(words).GetValue<string?>("zoo.cfg"));
    }

    [Fact]
    public void Every_command_is_known_by_name() =>
        Assert.All(ServerCommandLine.Build([]).Subcommands, command => Assert.False(ServerCommandLine.IsPlain([command.Name])));

    [Fact]
    public async Task The_version_is_the_one_that_clients_are_shown()
    {
        StringWriter output = new();
        int code = await ServerCommandLine.Build([]).Parse(["--version"]).InvokeAsync(
            new InvocationConfiguration { Output = output }, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Stopped, code);
        Assert.Equal(ServerVersion.Full, output.ToString().Trim());
    }
}
