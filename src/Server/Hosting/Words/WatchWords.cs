using System.Globalization;
using Coordination.Server.Replication;
using Coordination.Server.Watches;

namespace Coordination.Server.Hosting.Words;

/// <summary>
/// The words <c>wchc</c> and <c>wchp</c>: every watch on data, by session and by path. There may be millions: nothing is gathered but slots,
/// and what changes while the answer is under way appears as it is when its turn comes.
/// </summary>
internal static class WatchWords
{
    /// <summary>Each session, then the paths it watches.</summary>
    public static IEnumerable<string> ByConnection(ServerFacts facts)
    {
        ClientLink[] links = [.. facts.Links.Where(static link => link.DataWatches.Count > 0)];
        foreach (ClientLink link in links)
        {
            int[] entries = facts.Watches.DataEntriesOf(link);
            if (entries.Length > 0)
                yield return SessionLine(link, "");
            foreach (int entry in entries)
            {
                if (facts.Watches.DataPathAt(entry, link) is { } path)
                    yield return $"\t{path}\n";
            }
        }

        yield return "\n";
    }

    /// <summary>Each path, then the sessions that watch it.</summary>
    public static IEnumerable<string> ByPath(ServerFacts facts)
    {
        List<Watcher> watchers = [];
        for (int slot = 1; slot < facts.Watches.DataPathSlots; slot++)
        {
            watchers.Clear();
            if (facts.Watches.DataPathAt(slot, watchers) is not { } path)
                continue;

            yield return $"{path}\n";
            foreach (Watcher watcher in watchers)
                yield return SessionLine((ClientLink)watcher, "\t");
        }

        yield return "\n";
    }

    private static string SessionLine(ClientLink link, string indent) =>
        string.Create(CultureInfo.InvariantCulture, $"{indent}0x{link.SessionId:x}\n");
}
