using System.Globalization;
using System.Net;

namespace Coordination.Bench.Footprint;

/// <summary>What fills a server: many znodes, many watches.</summary>
internal static class Filling
{
    private const int Creators = 4;
    private static readonly byte[] Value = [.. Enumerable.Range(0, 100).Select(static i => (byte)('a' + (i % 26)))];

    /// <summary>Children of one parent: /bench/0000000000 and on.</summary>
    public static void OneParent(IPEndPoint server, int count)
    {
        Prepare(server, "/bench");
        InParallel(server, (session, part) =>
        {
            for (int i = part; i < count; i += Creators)
                session.Create(UnderOneParent(i), Value);
        });
    }

    /// <summary>As many parents as each of them has children.</summary>
    public static void ManyParents(IPEndPoint server, int count)
    {
        int parents = (int)Math.Sqrt(count);
        Prepare(server, "/services");
        InParallel(server, (session, part) =>
        {
            for (int parent = part; parent < parents; parent += Creators)
            {
                string path = string.Create(CultureInfo.InvariantCulture, $"/services/service-{parent:0000}");
                session.Create(path, Value);
                for (int i = 0; i < (count / parents) - 1; i++)
                    session.Create(string.Create(CultureInfo.InvariantCulture, $"{path}/{i:0000000000}"), Value);
            }
        });
    }

    public static string UnderOneParent(int number) => string.Create(CultureInfo.InvariantCulture, $"/bench/{number:0000000000}");

    public static string Absent(int number) => string.Create(CultureInfo.InvariantCulture, $"/nobody/{number:0000000000}");

    /// <summary>Watches from every session, each on its own path or all on the same.</summary>
    public static void Watch(IReadOnlyList<BulkSession> sessions, int each, Func<int, int, string> path)
    {
        for (int i = 0; i < sessions.Count; i++)
        {
            for (int j = 0; j < each; j++)
                sessions[i].Watch(path(i, j));
            sessions[i].Finish();
            if (i % 10 == 9)
                Ping(sessions);
        }
    }

    public static void Ping(IReadOnlyList<BulkSession> sessions)
    {
        foreach (BulkSession session in sessions)
            session.Ping();
    }

    private static void Prepare(IPEndPoint server, string parent)
    {
        using var session = new BulkSession(server);
        session.Create(parent, []);
        session.Finish();
    }

    private static void InParallel(IPEndPoint server, Action<BulkSession, int> fill) => Parallel.For(0, Creators, part =>
    {
        using var session = new BulkSession(server);
        fill(session, part);
        session.Finish();
    });
}
