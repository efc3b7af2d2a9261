using System.Globalization;
using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>The part of a line of the word <c>cons</c> that concerns a session.</summary>
internal static class ConnectionWord
{
    /// <summary>Begins with a comma.</summary>
    public static string DescribeSession(ClientLink link)
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
