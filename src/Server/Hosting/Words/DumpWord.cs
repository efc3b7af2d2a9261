using System.Globalization;
using Coordination.Server.Replication;
using Coordination.Server.Sessions;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting.Words;

/// <summary>The word <c>dump</c>: sessions and connections by the tick at which they would expire, and who owns which ephemeral znodes.</summary>
internal static class DumpWord
{
    /// <summary>The three lists in Apache's form. Who is in them, and when they expire, is of one moment; the paths are looked up on the way.</summary>
    public static IEnumerable<string> Write(ServerFacts facts, ClientTraffic traffic)
    {
        ReplicaTime now = facts.Now;
        Entry<Session>[] sessions = Sorted(facts.State.Sessions.Ordered(), static session => session.Bucket?.Deadline ?? 0);
        long[] owners = facts.State.Tree.Indexes.SessionsWithEphemerals();
        long sessionless = (long)facts.Options.SessionlessTimeout.TotalMilliseconds;
        Entry<ConnectedClient>[] connections = Sorted(
            [.. traffic.Clients],
            client => client.Link.Session?.Bucket?.Deadline ?? Ceiling(client.AcceptedAt + sessionless, sessionless));

        return Sets("SessionTracker dump:\nSession", now, sessions, static session => $"0x{session.Id:x}")
            .Append(string.Create(CultureInfo.InvariantCulture, $"ephemeral nodes dump:\nSessions with Ephemerals ({owners.Length}):\n"))
            .Concat(owners.SelectMany(owner => Ephemerals(facts, owner)))
            .Concat(Sets("Connections dump:\nConnections", now, connections, static client =>
                $"ip: /{client.Connection.RemoteAddress} sessionId: 0x{client.Link.SessionId:x}"));
    }

    private static Entry<T>[] Sorted<T>(T[] elements, Func<T, long> deadline)
    {
        Entry<T>[] entries = Array.ConvertAll(elements, element => new Entry<T>(deadline(element), element));
        Array.Sort(entries, static (left, right) => left.Deadline.CompareTo(right.Deadline));
        return entries;
    }

    private static long Ceiling(long time, long grid) => ((time / grid) + 1) * grid;

    private static IEnumerable<string> Ephemerals(ServerFacts facts, long owner)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"0x{owner:x}:\n");

        // Taken at once: the list may change between two pieces.
        List<string> paths = [];
        foreach (Znode znode in facts.State.Tree.Indexes.EphemeralsOf(owner))
            paths.Add(znode.Path);
        foreach (string path in paths)
            yield return $"\t{path}\n";
    }

    private static IEnumerable<string> Sets<T>(string title, ReplicaTime now, Entry<T>[] entries, Func<T, string> describe)
    {
        int sets = entries.Zip(entries.Skip(1)).Count(static pair => pair.First.Deadline != pair.Second.Deadline) + (entries.Length > 0 ? 1 : 0);
        yield return string.Create(CultureInfo.InvariantCulture, $"{title} Sets ({sets})/({entries.Length}):\n");
        for (int first = 0; first < entries.Length;)
        {
            long deadline = entries[first].Deadline;
            int end = first;
            while (end < entries.Length && entries[end].Deadline == deadline)
                end++;

            DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(now.WallMilliseconds + deadline - now.MonotonicMilliseconds);
            yield return string.Create(CultureInfo.InvariantCulture, $"{end - first} expire at {at:ddd MMM dd HH:mm:ss} UTC {at:yyyy}:\n");
            for (; first < end; first++)
                yield return $"\t{describe(entries[first].Element)}\n";
        }
    }

    private readonly record struct Entry<T>(long Deadline, T Element);
}
