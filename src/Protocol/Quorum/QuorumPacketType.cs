namespace Coordination.Protocol;

/// <summary>What a <see cref="QuorumPacket"/> between a learner and its leader says (Apache ZooKeeper <c>Leader</c>). There is no other type up to 3.10.</summary>
public enum QuorumPacketType
{
    /// <summary>Learner to leader: a client's request; zxid -1, data a <see cref="ForwardedRequestHeader"/> and the request's record.</summary>
    Request = 1,

    /// <summary>Leader to follower, and to an observer while it is brought up to date: a transaction to log; data is the entry.</summary>
    Proposal = 2,

    /// <summary>Follower to leader: everything up to the zxid is on disk. The first one of a link has the counter 0: it answers <see cref="NewLeader"/>.</summary>
    Ack = 3,

    /// <summary>Leader to follower: the transaction is committed; no data.</summary>
    Commit = 4,

    /// <summary>Leader to learner: a sign of life with the last proposed zxid. The answer echoes it and holds <see cref="SessionTouch"/> records.</summary>
    Ping = 5,

    /// <summary>Learner to leader: may a session stay; data a <see cref="RevalidateRequest"/>. The answer holds a <see cref="RevalidateResponse"/>.</summary>
    Revalidate = 6,

    /// <summary>Leader to learner: its oldest sync is through; zxid 0, no data.</summary>
    Sync = 7,

    /// <summary>Leader to observer: a committed transaction; data is the entry.</summary>
    Inform = 8,

    /// <summary>Leader to follower: commits a change of the configuration; data an <see cref="ActivationHeader"/>.</summary>
    CommitAndActivate = 9,

    /// <summary>Leader to learner: what came before is the history of the new epoch; data the leader's last seen configuration as text.</summary>
    NewLeader = 10,

    /// <summary>The first packet of a participant: its accepted epoch with counter 0; data a <see cref="LearnerInfo"/>.</summary>
    FollowerInfo = 11,

    /// <summary>Leader to learner: the epoch is established, serve; zxid -1, no data.</summary>
    UpToDate = 12,

    /// <summary>Leader to learner: keep what you have, the rest follows; the zxid only informs.</summary>
    Diff = 13,

    /// <summary>Leader to learner: forget everything behind the zxid.</summary>
    Truncate = 14,

    /// <summary>Leader to learner: forget everything; a snapshot as of the zxid follows the packet raw (<see cref="SnapshotStreamScanner"/>).</summary>
    Snapshot = 15,

    /// <summary>The first packet of an observer, otherwise as <see cref="FollowerInfo"/>.</summary>
    ObserverInfo = 16,

    /// <summary>Leader to learner: the epoch it proposes, with counter 0; data a <see cref="LeaderInfo"/>.</summary>
    LeaderInfo = 17,

    /// <summary>Learner to leader: it will follow no older epoch; the zxid is its last, data an <see cref="EpochPromise"/>.</summary>
    AckEpoch = 18,

    /// <summary>Leader to observer: a committed change of the configuration; data an <see cref="ActivationHeader"/> and the entry.</summary>
    InformAndActivate = 19,
}
