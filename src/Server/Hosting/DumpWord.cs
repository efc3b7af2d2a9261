using System.Globalization;
using System.Text;
using Coordination.Server.Replication;
using Coordination.Server.Sessions;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting;

/// <summary>The word <c>dump</c>: sessions and connections by the tick at which they would expire, and who owns which ephemeral znodes.</summary>
internal static class DumpWord
{
    /// <summary>Writes the three lists in Apache's form.</summary>
    public static string Write(ServerFacts facts)
    {
        StringBuilder text = new("SessionTracker dump:\n");
        ReplicaTime now = facts.Now;
        Session[] sessions = facts.State.Sessions.Ordered();
        WriteSets(text, "Session", now, sessions.ToLookup(Deadline, static session => $"0x{session.Id:x}"));

        long[] owners = [.. facts.State.Tree.Indexes.SessionsWithEphemerals()];
        text.Append(CultureInfo.InvariantCulture, $"ephemeral nodes dump:\nSessions with Ephemerals ({owners.Length}):\n");
        foreach (long owner in owners)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{owner:x}:\n");
            foreach (Znode znode in facts.State.Tree.Indexes.EphemeralsOf(owner))
                text.Append(CultureInfo.InvariantCulture, $"\t{znode.Path}\n");
        }

        Dictionary<long, Session> byId = sessions.ToDictionary(static session => session.Id);
        text.Append("Connections dump:\n");
        WriteSets(text, "Connections", now, facts.Links.ToLookup(
            link => byId.TryGetValue(link.SessionId, out Session? session) ? Deadline(session) : 0,
            static link => $"ip: /{link.RemoteAddress} sessionId: 0x{link.SessionId:x}"));
        return text.ToString();
    }

    private static long Deadline(Session session) => session.Bucket?.Deadline ?? 0;

    private static void WriteSets(StringBuilder text, string kind, ReplicaTime now, ILookup<long, string> sets)
    {
        text.Append(CultureInfo.InvariantCulture, $"{kind} Sets ({sets.Count})/({sets.Sum(static set => set.Count())}):\n");
        foreach (IGrouping<long, string> set in sets.OrderBy(static set => set.Key))
        {
            DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(now.WallMilliseconds + set.Key - now.MonotonicMilliseconds);
            text.Append(CultureInfo.InvariantCulture, $"{set.Count()} expire at {at:ddd MMM dd HH:mm:ss} UTC {at:yyyy}:\n");
            foreach (string line in set)
                text.Append(CultureInfo.InvariantCulture, $"\t{line}\n");
        }
    }
}
