using Coordination.Server.Network;

namespace Coordination.Server.Hosting.Settings;

/// <summary>What the operator may ask, and what measurements compare.</summary>
internal static class OperationSettings
{
    public static SettingGroup Monitoring { get; } = new("Monitoring",
    [
        new()
        {
            Key = "4lw.commands.whitelist",
            Range = "four-letter words separated by commas, or *",
            Meaning = "the words that are answered; `srvr` always is",
            Default = "`srvr`; without a file, and embedded, all that are cheap",
            Accepts = static _ => true,
            Apply = static (options, text) => options.FourLetterWords = new HashSet<string>(
                text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Append("srvr"), StringComparer.Ordinal),
            Show = static options => string.Join(',', options.FourLetterWords.Order(StringComparer.Ordinal)),
        },
        Setting.Switch("readonlymode.enabled", o => o.ReadOnlyMode, (o, v) => o.ReadOnlyMode = v,
            "`yes` adds `isro` to the words; a server that runs alone is never read-only"),
    ]);

    /// <summary>Choices that docs/decisions/0001 measures; nobody needs them in operation.</summary>
    public static SettingGroup Measurement { get; } = new("For measurements",
    [
        Setting.Choice<TransportKind>("coordination.transport", o => o.Transport, (o, v) => o.Transport = v, "what carries the bytes")
            with { Default = "polling on Linux, elsewhere kestrel" },
        Setting.Choice<LoopStrategy>("coordination.loop", o => o.Loop, (o, v) => o.Loop = v, "who runs the turns, with Kestrel"),
        Setting.Choice<SyncStrategy>("coordination.sync", o => o.Sync, (o, v) => o.Sync = v, "where the log is synced"),
        Setting.Number("coordination.readers", "threads", (1, 64), o => o.Readers, (o, v) => o.Readers = (int)v, "who answers reads, with polling"),
        Setting.Number("coordination.spin", "microseconds", (0, 1000), o => (long)o.Spin.TotalMicroseconds, (o, v) => o.Spin = TimeSpan.FromMicroseconds(v),
            "with polling, how long to look for the next request before sleeping, while the last ones came soon; 0: never. On one core: never"),
        Setting.Switch("coordination.inline", o => o.InlineCompletions, (o, v) => o.InlineCompletions = v, "inline completions, with Kestrel"),
    ]);
}
