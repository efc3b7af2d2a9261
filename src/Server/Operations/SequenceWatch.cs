using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Tells in time of parents whose numbers run out, once of each: the remedy, a new parent, takes planning.</summary>
internal sealed class SequenceWatch(List<Notice> notices)
{
    /// <summary>Numbers that are left when a parent is first reported.</summary>
    public const int NearExhaustion = 10_000_000;

    /// <summary>Parents remembered. Beyond that they are forgotten all, and may be told of again.</summary>
    private const int MaxRemembered = 1000;

    private readonly HashSet<(string Path, long Czxid, NoticeKind Kind)> _told = [];

    /// <summary>Whether a parent has a number left; where few are left, that is told.</summary>
    /// <param name="parent">The parent.</param>
    public bool HasNumber(in ZnodeView parent)
    {
        int next = parent.Stat.Cversion;
        if (next is >= 0 and < int.MaxValue - NearExhaustion)
            return true;

        // The number would repeat from here on, or go negative, and two contenders with one number are worse than none.
        bool exhausted = next is int.MaxValue or < 0;
        Tell(parent.Path, parent.Stat.Czxid, exhausted ? NoticeKind.SequenceExhausted : NoticeKind.SequenceNearlyExhausted, int.MaxValue - next);
        return !exhausted;
    }

    private void Tell(string parent, long czxid, NoticeKind kind, int left)
    {
        if (_told.Count >= MaxRemembered)
            _told.Clear();
        if (!_told.Add((parent, czxid, kind)))
            return;

        string path = parent.Length == 0 ? "/" : parent;
        notices.Add(new Notice(kind, kind == NoticeKind.SequenceExhausted
            ? $"no sequential child can be created below {path} any more (error {(int)ErrorCode.NodeExists}); empty it, delete it and create it anew"
            : $"{left} more children can be created below {path}, then sequential creates fail; empty it, delete it and create it anew"));
    }
}
