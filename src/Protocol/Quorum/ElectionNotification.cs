namespace Coordination.Protocol;

/// <summary>What a member of an ensemble is doing, as it says in its notifications (Apache ZooKeeper <c>QuorumPeer.ServerState</c>).</summary>
public enum PeerState
{
    /// <summary>It looks for a leader.</summary>
    Looking = 0,

    /// <summary>It follows one.</summary>
    Following = 1,

    /// <summary>It leads.</summary>
    Leading = 2,

    /// <summary>It observes; its vote counts nowhere.</summary>
    Observing = 3,
}

/// <summary>
/// A vote on an election connection. Whose it is says the connection. It is always written in the newest format; the older ones are read,
/// and told apart by their length, as Apache does.
/// </summary>
/// <param name="State">What the sender is doing; any number may arrive here.</param>
/// <param name="Leader">The server it votes for.</param>
/// <param name="Zxid">The last zxid of that server.</param>
/// <param name="Round">The sender's round of election.</param>
/// <param name="PeerEpoch">The current epoch of the server it votes for.</param>
/// <param name="Version">The format: 2 with a configuration, 1 and 0 without; it matters where votes are compared.</param>
/// <param name="Configuration">The sender's configuration as text; null in formats below 2.</param>
public readonly record struct ElectionNotification(
    PeerState State,
    long Leader,
    Zxid Zxid,
    long Round,
    long PeerEpoch,
    int Version,
    string? Configuration)
{
    /// <summary>The format that is written.</summary>
    public const int CurrentVersion = 2;

    /// <summary>What observers vote for, in every field of the vote, and the leader's number in the vote of a server that is in no configuration.</summary>
    public const long NoVote = long.MinValue;

    private const int LengthWithoutEpoch = 28;
    private const int LengthWithoutVersion = 36;
    private const int LengthWithoutUsedVersion = 40;

    /// <summary>Reads one message.</summary>
    /// <param name="message">What stood behind the length word.</param>
    /// <returns>The notification.</returns>
    /// <exception cref="JuteFormatException">The message is none; Apache drops it and keeps the connection.</exception>
    public static ElectionNotification Read(ReadOnlySpan<byte> message)
    {
        var reader = new JuteReader(message);
        var state = (PeerState)reader.ReadInt32();
        long leader = reader.ReadInt64();
        var zxid = new Zxid(reader.ReadInt64());
        long round = reader.ReadInt64();
        if (message.Length == LengthWithoutEpoch)
            return new(state, leader, zxid, round, zxid.Epoch, 0, null);

        long epoch = reader.ReadInt64();

        // Servers of 3.4 send 40 bytes whether or not they put a version into the last four.
        if (message.Length is LengthWithoutVersion or LengthWithoutUsedVersion)
            return new(state, leader, zxid, round, epoch, 0, null);

        int version = reader.ReadInt32();
        return new(state, leader, zxid, round, epoch, version, version > 1 ? reader.ReadStringNotNull() : null);
    }

    /// <summary>Writes the message in the newest format, without the length word before it.</summary>
    /// <param name="writer">Appended to.</param>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32((int)State);
        writer.WriteInt64(Leader);
        writer.WriteInt64(Zxid.Value);
        writer.WriteInt64(Round);
        writer.WriteInt64(PeerEpoch);
        writer.WriteInt32(CurrentVersion);
        writer.WriteString(Configuration ?? "");
    }
}
