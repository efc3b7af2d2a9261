using Coordination.Protocol;

namespace Coordination.Server.Hosting;

/// <summary>What a member of an ensemble needs to know beyond the settings of a server that runs alone.</summary>
internal sealed class EnsembleOptions
{
    /// <summary>The members (<c>server.N</c>, <c>group.N</c>, <c>weight.N</c>); null if this server runs alone.</summary>
    public QuorumConfiguration? Members { get; set; }

    /// <summary>This server's number (<c>myid</c>); of meaning with <see cref="Members"/>.</summary>
    public long MyId { get; set; }

    /// <summary>Ticks for connecting, synchronising and each wait of a new leader (<c>initLimit</c>); 0 is not set.</summary>
    public int InitLimit { get; set; }

    /// <summary>Ticks of silence after which a link is given up (<c>syncLimit</c>); 0 is not set.</summary>
    public int SyncLimit { get; set; }

    /// <summary>Ticks for connecting to the leader (<c>connectToLearnerMasterLimit</c>); 0 is <see cref="InitLimit"/>.</summary>
    public int ConnectLimit { get; set; }

    /// <summary>How long an election connection may take to be opened (<c>cnxTimeout</c>).</summary>
    public TimeSpan ElectionConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long its opener may take to say who it is (<c>quorumCnxnTimeoutMs</c>); null is <see cref="SyncLimit"/> ticks.</summary>
    public TimeSpan? ElectionHandshakeTimeout { get; set; }

    /// <summary>Attempts to bind the election port (<c>electionPortBindRetry</c>); 0 is without end.</summary>
    public int ElectionBindAttempts { get; set; } = 3;

    /// <summary>Whether the system probes silent election connections (<c>tcpKeepAlive</c>).</summary>
    public bool ElectionKeepAlive { get; set; }

    /// <summary>When votes are first sent again (<c>fastleader.minNotificationInterval</c>).</summary>
    public TimeSpan MinNotificationInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest time between two sendings (<c>fastleader.maxNotificationInterval</c>).</summary>
    public TimeSpan MaxNotificationInterval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>When a leader gives up whose voters elect again (<c>leader.maxTimeToWaitForEpoch</c>); null is not before its own limits.</summary>
    public TimeSpan? MaxTimeToWaitForEpoch { get; set; }

    /// <summary>Whether a list of one voter means a server that runs alone (<c>standaloneEnabled</c>).</summary>
    public bool AllowsStandalone { get; set; } = true;

    /// <summary>Whether the ports between servers are bound on every interface (<c>quorumListenOnAllIPs</c>).</summary>
    public bool ListensOnAllAddresses { get; set; }

    /// <summary>Whether a leader takes clients (<c>leaderServes</c>).</summary>
    public bool LeaderServes { get; set; } = true;

    /// <summary>What the file believes this server to be (<c>peerType</c>); the list of members decides.</summary>
    public QuorumRole? PeerType { get; set; }

    /// <summary>The file with the members (<c>dynamicConfigFile</c>); null if they stand in <c>zoo.cfg</c>.</summary>
    public string? DynamicFile { get; set; }

    /// <summary>Refuses to start a member: there is nothing yet that would run one.</summary>
    /// <exception cref="ServerConfigurationException">The server is a member of an ensemble.</exception>
    public void RequireNone()
    {
        if (Members is not null)
        {
            throw new ServerConfigurationException(
                $"This server is number {MyId} of an ensemble of {Members.Members.Count}, and ensembles are not built yet; "
                + "remove the list of members to run it alone.");
        }
    }
}
