namespace LiveBoard;

/// <summary>The name under which all boards know this instance: it carries the process id, so that one can be killed by hand.</summary>
internal sealed class BoardIdentity
{
    public const string Service = "liveboard";

    public string Id { get; } = $"board-{Environment.ProcessId}";
}
