using System.Globalization;
using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting.Words;

/// <summary>The word <c>cons</c>, and the part of <c>stat</c> that it is the long form of: a line for each connection.</summary>
internal static class ConnectionWord
{
    /// <summary>Lines in the order the connections came, then an empty one.</summary>
    /// <param name="asking">The connection that asks, which is not read any more.</param>
    /// <param name="traffic">All connections.</param>
    /// <param name="brief">Whether to leave out what concerns the session.</param>
    public static IEnumerable<string> Write(ConnectedClient asking, ClientTraffic traffic, bool brief)
    {
        ConnectedClient[] clients = [.. traffic.Clients];
        return clients.Where(static client => !client.IsGone).Select(client => Describe(client, asking, brief)).Append("\n");
    }

    private static string Describe(ConnectedClient client, ConnectedClient asking, bool brief)
    {
        ClientLink link = client.Link;
        int interest = ReferenceEquals(client, asking) ? 0 : client.Connection.IsSending ? 5 : 1;
        string session = !brief && client.HasSession ? DescribeSession(link) : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $" /{client.Connection.RemoteAddress}[{interest}]"
            + $"(queued={link.Outstanding},recved={link.Statistics.PacketsReceived},sent={link.Statistics.PacketsSent}{session})\n");
    }

    /// <summary>Begins with a comma.</summary>
    private static string DescribeSession(ClientLink link)
    {
        LinkStatistics figures = link.Statistics;
        string lastXid = figures.LastXid >= 0 ? $",lcxid=0x{figures.LastXid:x}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $",sid=0x{link.SessionId:x},lop={Abbreviate(figures.LastOperation)},est={figures.EstablishedAt},to={link.SessionTimeoutMilliseconds}"
            + $"{lastXid},lzxid=0x{figures.LastZxid:x},lresp={figures.LastReplyAt},llat={figures.LastLatency}"
            + $",minlat={figures.Latency.Min},avglat={(long)figures.Latency.Average},maxlat={figures.Latency.Max}");
    }

    private static string Abbreviate(OpCode? operation) => operation switch
    {
        null => "NA",
        OpCode.Ping => "PING",
        OpCode.CreateSession => "SESS",
        OpCode.Multi => "MULT",
        OpCode.MultiRead => "MLTR",
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl => "CREA",
        OpCode.Delete => "DELE",
        OpCode.SetData => "SETD",
        OpCode.Reconfig => "RECO",
        OpCode.SetAcl => "SETA",
        OpCode.CloseSession => "CLOS",
        OpCode.Sync => "SYNC",
        OpCode.Check => "CHEC",
        OpCode.Exists => "EXIS",
        OpCode.GetData => "GETD",
        OpCode.SetWatches => "SETW",
        OpCode.SetWatches2 => "STW2",
        OpCode.AddWatch => "ADDW",
        OpCode.GetAcl => "GETA",
        OpCode.GetChildren or OpCode.GetChildren2 => "GETC",
        OpCode.GetAllChildrenNumber => "GETACN",
        OpCode.CheckWatches => "CHKW",
        OpCode.RemoveWatches => "REMW",
        OpCode.WhoAmI => "HOMI",
        OpCode.GetEphemerals => "GETE",
        _ => "NA",
    };
}
