namespace LiveBoard;

/// <summary>Everything the page shows: one server-sent event.</summary>
internal sealed record BoardState(
    string Instance,
    string Server,
    SessionPanel Session,
    LeadershipPanel Leadership,
    LockPanel Lock,
    string Motto,
    IReadOnlyList<InstanceRow> Instances);

internal sealed record SessionPanel(string Id, string State, double TimeoutMilliseconds, double SafeForMilliseconds);

/// <param name="Leads">Whether this instance leads.</param>
/// <param name="Counted">The work of whoever leads: a number that only the leader can raise.</param>
/// <param name="Participants">The leader first.</param>
internal sealed record LeadershipPanel(bool Leads, int Counted, IReadOnlyList<QueueEntry> Participants);

/// <param name="State">Idle, Waiting or Held: what this instance does.</param>
/// <param name="Queue">The holder first.</param>
internal sealed record LockPanel(string State, IReadOnlyList<QueueEntry> Queue);

internal sealed record QueueEntry(string Id, bool IsSelf);

internal sealed record InstanceRow(string Id, string Address, DateTimeOffset Since, bool IsSelf);
