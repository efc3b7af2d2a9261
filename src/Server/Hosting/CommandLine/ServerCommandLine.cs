using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Coordination.Server.Hosting.CommandLine;

/// <summary>
/// The arguments of the program: <c>[serve] [zoo.cfg] [-Dname=value ...]</c>, and what looks at a data directory that nobody serves.
/// </summary>
internal static class ServerCommandLine
{
    private const string ServeName = "serve";

    private const string Summary = """
        A coordination server that speaks Apache ZooKeeper's protocol and keeps its files.

        Without a file it serves 127.0.0.1:2181 and keeps its data in ./data. -Dname=value sets what would stand in the file as
        name=value; docs/configuration.md lists the names. SIGTERM and SIGINT stop it in order.

        Exit codes: 0 stopped, 1 unexpected, 2 configuration or command line, 3 data directory in use, 4 data refused,
        5 address refused, 10 disk failed.
        """;

    /// <summary>Does what the arguments ask for.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string[] arguments)
    {
        // Java's way of writing a definition is none of the parser's: it would take -Dname=value for the option -Dname.
        string[] definitions = Array.FindAll(arguments, IsDefinition);
        string[] others = Array.FindAll(arguments, static argument => !IsDefinition(argument));
        return IsPlain(others) ? StandaloneProgram.RunAsync(others is [var file] ? file : null, definitions) : ParseAsync(others, definitions);
    }

    /// <summary>
    /// Whether a server is asked for in the shortest way. Building the grammar costs a tenth of the time in which a server starts, and
    /// would tell nothing new.
    /// </summary>
    public static bool IsPlain(string[] arguments) => arguments switch
    {
        [] => true,
        [var file] => file.Length > 0 && (char.IsAsciiLetterOrDigit(file[0]) || file[0] is '/' or '.') && !IsCommand(file),
        _ => false,
    };

    private static bool IsCommand(string argument) =>
        argument == ServeName || OfflineCommands.Names.Contains(argument, StringComparer.Ordinal);

    private static async Task<int> ParseAsync(string[] arguments, string[] definitions)
    {
        ParseResult parsed = Build(definitions).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError error in parsed.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("--help says what is understood.");
            return ExitCode.Configuration;
        }

        // The program listens to signals itself, and turns every failure into its own code.
        InvocationConfiguration plainly = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return await parsed.InvokeAsync(plainly);
    }

    /// <summary>The grammar.</summary>
    /// <param name="definitions">What was given as <c>-Dname=value</c>.</param>
    public static RootCommand Build(IReadOnlyList<string> definitions)
    {
        Argument<string?> file = ConfigurationFile();
        Argument<string?> fileToServe = ConfigurationFile();
        Command serve = new(ServeName, "Serves in the foreground until it is told to stop; this is what happens without a command, too.") { fileToServe };
        RootCommand root = new(Summary) { file, serve };
        serve.SetAction((parsed, _) => StandaloneProgram.RunAsync(parsed.GetValue(fileToServe), definitions));
        root.SetAction((parsed, _) => StandaloneProgram.RunAsync(parsed.GetValue(file), definitions));
        foreach (Command offline in OfflineCommands.All())
            root.Add(offline);
        foreach (Command command in root.Subcommands)
            command.Validators.Add(result => RefuseFileBeforeCommand(result, file));
        foreach (VersionOption version in root.Options.OfType<VersionOption>())
            version.Action = new ShowVersion();
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
            help.Description = "Shows this text.";
        return root;
    }

    private static Argument<string?> ConfigurationFile()
    {
        Argument<string?> file = new("zoo.cfg")
        {
            Description = "The configuration file, in Apache ZooKeeper's syntax.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        file.Validators.Add(static result =>
        {
            if (result.Tokens is [{ Value: ['-', ..] name }, ..])
                result.AddError($"Unknown option {name}.");
        });
        return file;
    }

    private static void RefuseFileBeforeCommand(CommandResult command, Argument<string?> file)
    {
        if (command.Parent is CommandResult root && root.GetResult(file) is { Tokens: [{ Value: var name }, ..] })
            command.AddError($"'{name}' stands before the command '{command.Command.Name}'; arguments come after it.");
    }

    private static bool IsDefinition(string argument) => argument.StartsWith("-D", StringComparison.Ordinal);

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(ServerVersion.Full);
            return ExitCode.Stopped;
        }
    }
}
