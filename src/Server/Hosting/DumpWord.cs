using System.Globalization;
using System.Text;
using Coordination.Server.Replication;
using Coordination.Server.Sessions;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting;

/// <summary>The word <c>dump</c>: sessions and their ephemeral znodes.</summary>
internal static class DumpWord
{
    /// <summary>Writes the three lists in Apache's form; sessions of one deadline stand together.</summary>
    public static string Write(ServerFacts facts)
    {
        StringBuilder text = new("SessionTracker dump:\n");
        Session[] sessions = facts.State.Sessions.Ordered();
        text.Append(CultureInfo.InvariantCulture, $"Session Sets ({(sessions.Length > 0 ? 1 : 0)})/({sessions.Length}):\n");
        foreach (Session session in sessions)
            text.Append(CultureInfo.InvariantCulture, $"\t0x{session.Id:x}\n");

        long[] owners = [.. facts.State.Tree.Indexes.SessionsWithEphemerals()];
        text.Append(CultureInfo.InvariantCulture, $"ephemeral nodes dump:\nSessions with Ephemerals ({owners.Length}):\n");
        foreach (long owner in owners)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{owner:x}:\n");
            for (LinkedListNode<Znode>? at = facts.State.Tree.Indexes.EphemeralsOf(owner)?.First; at is not null; at = at.Next)
                text.Append(CultureInfo.InvariantCulture, $"\t{at.Value.Path}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"Connections dump:\nConnections Sets (1)/({facts.Links.Count}):\n");
        foreach (ClientLink link in facts.Links)
            text.Append(CultureInfo.InvariantCulture, $"\tip: /{link.RemoteAddress} sessionId: 0x{link.SessionId:x}\n");
        return text.ToString();
    }
}
