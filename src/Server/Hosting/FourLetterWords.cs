using System.Globalization;
using System.Text;
using Coordination.Server.Replication;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>
/// The words of four letters that may open a connection instead of a handshake, answered in plain text exactly as Apache's server does:
/// scripts and dashboards match these lines.
/// </summary>
internal sealed class FourLetterWords(IReadOnlySet<string> allowed, ServerFacts facts)
{
    /// <summary>What <c>telnet</c> sends on an interrupt: the connection just closes.</summary>
    private const int TelnetInterrupt = unchecked((int)0xfff4fffd);

    private static readonly Dictionary<int, string> Known = new[]
    {
        "conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "hash", "isro", "mntr", "ruok", "srst", "srvr", "stat", "stmk", "wchc",
        "wchp", "wchs",
    }.ToDictionary(Encode);

    /// <summary>Whether the first four bytes of a connection are a word and no length.</summary>
    public static bool IsWord(int word) => word == TelnetInterrupt || Known.ContainsKey(word);

    /// <summary>Writes the answer into the output of the connection, which is to be closed afterwards.</summary>
    public void Answer(int word, ConnectedClient client, ClientTraffic traffic)
    {
        if (!Known.TryGetValue(word, out string? name))
            return;

        client.Link.Statistics.PacketsReceived++;

        string text = allowed.Contains(name) || allowed.Contains("*") || name == "srvr" ? AnswerOrReason(name, client, traffic) : Refusal(name);
        Span<byte> target = client.Link.Output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        client.Link.Output.Advance(Encoding.UTF8.GetBytes(text, target));
    }

    private static int Encode(string word) => (word[0] << 24) | (word[1] << 16) | (word[2] << 8) | word[3];

    private static string Refusal(string name) => $"{name} is not executed because it is not in the whitelist.\n";

    /// <summary>Some words look at the disk; what goes wrong there is for the asker to read.</summary>
    private string AnswerOrReason(string name, ConnectedClient client, ClientTraffic traffic)
    {
        try
        {
            return Answer(name, client, traffic);
        }
        catch (StorageException e)
        {
            return e.Message + "\n";
        }
    }

    private string Answer(string name, ConnectedClient client, ClientTraffic traffic)
    {
        switch (name)
        {
            case "ruok":
                return "imok";
            case "isro":
                return "rw";
            case "gtmk":
                return "306";
            case "srvr":
                return $"Zookeeper version: {ServerVersion.Full}\n{ServerLines(traffic)}";
            case "stat":
                return Stat(client, traffic);
            case "cons":
                return Connections(client, traffic, brief: false) + "\n";
            case "mntr":
                return MonitorWord.Write(facts, traffic);
            case "conf":
                return ConfigurationWord.Write(facts);
            case "envi":
                return EnvironmentWord.Write();
            case "dirs":
                return $"datadir_size: {facts.DataBytes}\nlogdir_size: {facts.LogBytes}\n";
            case "wchs":
                return $"{facts.WatchingConnections} connections watching {facts.Watches.DataPathCount} paths\nTotal watches:{facts.Watches.DataCount}\n";
            case "dump":
                return DumpWord.Write(facts);
            case "srst":
                facts.Statistics.Reset();
                return "Server stats reset.\n";
            case "crst":
                foreach (ConnectedClient one in traffic.Clients)
                    one.Link.Statistics.Reset();
                return "Connection stats reset.\n";
            default:
                return Refusal(name);
        }
    }

    private string Stat(ConnectedClient client, ClientTraffic traffic) =>
        $"Zookeeper version: {ServerVersion.Full}\nClients:\n{Connections(client, traffic, brief: true)}\n{ServerLines(traffic)}";

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

    private static string Connections(ConnectedClient asking, ClientTraffic traffic, bool brief)
    {
        StringBuilder text = new();
        foreach (ConnectedClient client in traffic.Clients)
        {
            int interest = ReferenceEquals(client, asking) ? 0 : client.Connection.IsSending ? 5 : 1;
            text.Append(CultureInfo.InvariantCulture, $" /{client.Connection.RemoteAddress}[{interest}](");
            text.Append(CultureInfo.InvariantCulture, $"queued={client.Link.Outstanding},recved={client.Link.Statistics.PacketsReceived},sent={client.Link.Statistics.PacketsSent}");
            if (!brief && client.HasSession)
                text.Append(ConnectionWord.DescribeSession(client.Link));
            text.Append(")\n");
        }

        return text.ToString();
    }
}
