using System.CommandLine;
using Coordination.Server.Hosting.Offline;

namespace Coordination.Server.Hosting.CommandLine;

/// <summary>What an offline command is asked for.</summary>
internal sealed record OfflineRequest
{
    /// <summary>A data directory (with or without <c>version-2</c>), or one log or snapshot file.</summary>
    public required string Path { get; init; }

    /// <summary>The directory of the log where that is not the one of the snapshots.</summary>
    public string? LogDirectory { get; init; }

    /// <summary>One JSON object per line instead of text.</summary>
    public bool AsJson { get; init; }

    /// <summary>What was found.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Why it could not be looked at.</summary>
    public required TextWriter Errors { get; init; }
}

/// <summary>A command that reads a data directory which no server uses.</summary>
/// <param name="Name">As it is typed.</param>
/// <param name="Description">For the help.</param>
/// <param name="Run">Does it; the result is one of <see cref="ExitCode"/>.</param>
internal sealed record OfflineCommand(string Name, string Description, Func<OfflineRequest, int> Run);

/// <summary>The offline commands, all with the same arguments.</summary>
internal static class OfflineCommands
{
    /// <summary>How they are called; apart from <see cref="Table"/>, because a start that needs none of them asks.</summary>
    public static string[] Names { get; } = ["verify", "dump"];

    /// <summary>The commands that there are.</summary>
    public static IReadOnlyList<OfflineCommand> Table { get; } =
    [
        new(Names[0], "Checks logs and snapshots and rebuilds the tree as a start would. Changes nothing. Ends with 4 if anything is damaged.", VerifyCommand.Run),
        new(Names[1], "Shows a log, a snapshot, or what a start would read of a directory: one line per transaction, session, list or znode.", DumpCommand.Run),
    ];

    /// <summary>Their grammar.</summary>
    public static IEnumerable<Command> All() => Table.Select(Describe);

    private static Command Describe(OfflineCommand offline)
    {
        Argument<string> path = new("path") { Description = "A data directory, or one log or snapshot file." };
        Option<string?> logs = new("--log-dir") { Description = "Where the log is, if not beside the snapshots." };
        Option<bool> json = new("--json") { Description = "One JSON object per line." };
        Command command = new(offline.Name, offline.Description) { path, logs, json };
        command.SetAction(parsed =>
        {
            OfflineRequest request = new()
            {
                Path = parsed.GetValue(path)!,
                LogDirectory = parsed.GetValue(logs),
                AsJson = parsed.GetValue(json),
                Output = parsed.InvocationConfiguration.Output,
                Errors = parsed.InvocationConfiguration.Error,
            };
            try
            {
                return offline.Run(request);
            }
            catch (Exception e)
            {
                int code = ExitCode.Of(e);
                request.Errors.WriteLine(code == ExitCode.Unexpected ? e.ToString() : e.Message);
                return code;
            }
        });
        return command;
    }
}
