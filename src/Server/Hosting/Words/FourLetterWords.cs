using System.Globalization;
using System.Net.Sockets;
using Coordination.Server.Replication;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting.Words;

/// <summary>
/// The words of four letters that may open a connection instead of a handshake, answered in plain text exactly as Apache's server does:
/// scripts and dashboards match these lines. An answer is a sequence of pieces that is drawn a slice at a time, so that a long one holds
/// up nobody; each word takes first what must be of one moment, and looks up the rest as it goes.
/// </summary>
internal sealed class FourLetterWords(IReadOnlySet<string> allowed, ServerFacts facts)
{
    /// <summary>What <c>telnet</c> sends on an interrupt: the connection just closes.</summary>
    private const int TelnetInterrupt = unchecked((int)0xfff4fffd);

    /// <summary>The word that is followed by eight bytes.</summary>
    private const string SetTraceMask = "stmk";

    private static readonly Dictionary<int, string> Known = new[]
    {
        "conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "hash", "isro", "mntr", "ruok", "srst", "srvr", "stat", SetTraceMask, "wchc",
        "wchp", "wchs",
    }.ToDictionary(Encode);

    /// <summary>Whether the first four bytes of a connection are a word and no length.</summary>
    public static bool IsWord(int word) => word == TelnetInterrupt || Known.ContainsKey(word);

    /// <summary>Words that somebody allows and nobody knows.</summary>
    public static IEnumerable<string> Unknown(IEnumerable<string> words) =>
        words.Where(static word => word != "*" && !(word.Length == 4 && Known.ContainsKey(Encode(word)) && Known[Encode(word)] == word))
            .Order(StringComparer.Ordinal);

    /// <summary>How many bytes must be there, the word's own four among them, before it can be answered.</summary>
    public int LengthOf(int word) => Known.TryGetValue(word, out string? name) && name == SetTraceMask && IsAllowed(name) ? 12 : 4;

    /// <summary>Whether the answer needs what <see cref="Gather"/> finds.</summary>
    public bool LooksOutside(int word) => Known.TryGetValue(word, out string? name) && name is "conf" or "dirs" or "mntr" && IsAllowed(name);

    /// <summary>Looks at the disk and the system; not in a turn.</summary>
    public OutsideFigures Gather() => OutsideFigures.Gather(facts);

    /// <summary>What goes wrong with the disk or the system when a word is answered is for the asker to read, and ends nothing.</summary>
    public static bool IsForTheAsker(Exception error) =>
        error is StorageException or IOException or UnauthorizedAccessException or SocketException;

    /// <summary>The pieces of the answer.</summary>
    /// <param name="word">The word.</param>
    /// <param name="argument">What followed it, if <see cref="LengthOf"/> asked for more.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="traffic">All connections.</param>
    /// <param name="outside">What was found, if it <see cref="LooksOutside"/>.</param>
    public IEnumerable<string> Answer(int word, long argument, ConnectedClient client, ClientTraffic traffic, OutsideFigures? outside = null)
    {
        if (!Known.TryGetValue(word, out string? name))
            return [];

        client.Link.Statistics.PacketsReceived++;
        if (!IsAllowed(name))
            return [$"{name} is not executed because it is not in the whitelist.\n"];

        if (outside?.Error is { } reason)
            return [reason + "\n"];

        try
        {
            return Answer(name, argument, client, traffic, outside);
        }
        catch (Exception e) when (IsForTheAsker(e))
        {
            return [e.Message + "\n"];
        }
    }

    private static int Encode(string word) => (word[0] << 24) | (word[1] << 16) | (word[2] << 8) | word[3];

    private bool IsAllowed(string name) =>
        name == "srvr" || allowed.Contains(name) || allowed.Contains("*") || (name == "isro" && facts.Options.ReadOnlyMode);

    private IEnumerable<string> Answer(
        string name, long argument, ConnectedClient client, ClientTraffic traffic, OutsideFigures? outside) => name switch
        {
            "conf" => [ConfigurationWord.Write(facts, outside!)],
            "cons" => ConnectionWord.Write(client, traffic, brief: false),
            "crst" => [ResetConnections(traffic)],
            "dirs" => [$"datadir_size: {outside!.DataBytes}\nlogdir_size: {outside.LogBytes}\n"],
            "dump" => DumpWord.Write(facts, traffic),
            "envi" => [EnvironmentWord.Write()],
            "gtmk" => [facts.TraceMask.Value.ToString(CultureInfo.InvariantCulture)],
            "hash" => facts.Digests.Newest().Select(static entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Zxid:x}: {entry.Digest}\n")),
            "isro" => ["rw"],
            "mntr" => [MonitorWord.Write(facts, traffic, outside!)],
            "ruok" => ["imok"],
            "srst" => [ResetServer()],
            "srvr" => [VersionLine, ServerLines(traffic)],
            "stat" => ConnectionWord.Write(client, traffic, brief: true).Prepend("Clients:\n").Prepend(VersionLine).Append(ServerLines(traffic)),
            SetTraceMask => [SetMask(argument)],
            "wchc" => WatchWords.ByConnection(facts),
            "wchp" => WatchWords.ByPath(facts),
            "wchs" => [$"{facts.WatchingConnections} connections watching {facts.Watches.DataPathCount} paths\nTotal watches:{facts.Watches.DataCount}\n"],
            _ => throw new InvalidOperationException($"The word {name} has no answer."),
        };

    private static string VersionLine => $"Zookeeper version: {ServerVersion.Full}\n";

    private string SetMask(long mask)
    {
        facts.TraceMask.Value = mask;
        return mask.ToString(CultureInfo.InvariantCulture);
    }

    private string ResetServer()
    {
        facts.Statistics.Reset();
        facts.Metrics.Reset();
        return "Server stats reset.\n";
    }

    private static string ResetConnections(ClientTraffic traffic)
    {
        foreach (ConnectedClient one in traffic.Clients)
            one.Link.Statistics.Reset();
        return "Connection stats reset.\n";
    }

    private string ServerLines(ClientTraffic traffic)
    {
        ReplicaStatistics now = facts.Statistics;
        return string.Create(CultureInfo.InvariantCulture, $"""
            Latency min/avg/max: {now.Latency.Min}/{now.Latency.Average:0.0###}/{now.Latency.Max}
            Received: {now.PacketsReceived}
            Sent: {now.PacketsSent}
            Connections: {traffic.Clients.Count}
            Outstanding: {now.Outstanding}
            Zxid: 0x{facts.LastZxid:x}
            Mode: standalone
            Node count: {now.NodeCount}

            """);
    }
}
