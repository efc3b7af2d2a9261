namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>
/// Which of Apache's zxids, times and sessions is which of ours: by the order in which they appear, and from then on always the same.
/// </summary>
internal sealed class Correspondence
{
    private readonly Dictionary<long, long> _zxids = [];
    private readonly Dictionary<long, long> _zxidsBack = [];
    private readonly Dictionary<long, long> _theirSurplus = [];
    private readonly Dictionary<long, long> _ourSurplus = [];
    private readonly Dictionary<long, long> _sessions = [];
    private readonly Dictionary<long, long> _sessionsBack = [];
    private readonly Dictionary<long, long> _theirTimes = [];
    private readonly Dictionary<long, long> _ourTimes = [];
    private readonly List<(long Theirs, long Ours)> _inOrder = [];

    /// <summary>A zxid that both have shown, counted back from the newest; one that is newer than all if there is none.</summary>
    public (long Theirs, long Ours) ZxidOfAge(int age) => age < _inOrder.Count ? _inOrder[^(age + 1)] : (0, 0);

    /// <summary>Whether two answers are the same.</summary>
    public bool Same(List<Field> theirs, List<Field> ours)
    {
        if (theirs.Count != ours.Count)
            return false;
        for (int i = 0; i < theirs.Count; i++)
        {
            if (theirs[i].Kind != ours[i].Kind || !Same(theirs[i], ours[i]))
                return false;
        }

        return true;
    }

    /// <summary>Takes note of a transaction that only one server made, for a request that both refuse.</summary>
    public void AddSurplus(long theirs, long ours)
    {
        if (theirs <= 0 || ours <= 0 || LastCommonOfTheirs(theirs) == LastCommonOfOurs(ours))
            return;
        if (!_zxids.ContainsKey(theirs) && !_theirSurplus.ContainsKey(theirs))
            _theirSurplus.Add(theirs, ours);
        else if (!_zxidsBack.ContainsKey(ours) && !_ourSurplus.ContainsKey(ours))
            _ourSurplus.Add(ours, theirs);
    }

    /// <summary>Zxids that are in another order on one server than on the other, if there are any.</summary>
    public string? Disorder()
    {
        (long Theirs, long Ours)[] sorted = [.. _inOrder.OrderBy(static pair => pair.Theirs)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Ours <= sorted[i - 1].Ours)
                return $"Apache's {sorted[i - 1].Theirs} and {sorted[i].Theirs} are our {sorted[i - 1].Ours} and {sorted[i].Ours}";
        }

        return null;
    }

    private bool Same(Field theirs, Field ours) => theirs.Kind switch
    {
        FieldKind.Number => theirs.Value == ours.Value,
        FieldKind.Text => theirs.Text == ours.Text,
        FieldKind.Session => theirs.Value == 0 || ours.Value == 0
            ? theirs.Value == ours.Value
            : Pair(_sessions, _sessionsBack, theirs.Value, ours.Value),
        FieldKind.EventZxid => theirs.Value == -1 && (ours.Value == -1 || ours.Value > 0),
        FieldKind.Time => IsTimeOf(_theirTimes, theirs) && IsTimeOf(_ourTimes, ours),
        _ => SameZxid(theirs.Value, ours.Value),
    };

    /// <summary>Whether two zxids are the same transaction.</summary>
    public bool SameZxid(long theirs, long ours)
    {
        if (theirs <= 0 || ours <= 0)
            return theirs == ours;
        if (_theirSurplus.ContainsKey(theirs) || _ourSurplus.ContainsKey(ours))
            return LastCommonOfTheirs(theirs) == LastCommonOfOurs(ours);

        int known = _zxids.Count;
        if (!Pair(_zxids, _zxidsBack, theirs, ours))
            return false;
        if (_zxids.Count > known)
            _inOrder.Add((theirs, ours));
        return true;
    }

    /// <summary>Our zxid of the last transaction that both made, up to one of Apache's.</summary>
    private long LastCommonOfTheirs(long theirs) =>
        _theirSurplus.TryGetValue(theirs, out long ours) ? LastCommonOfOurs(ours) : _zxids.GetValueOrDefault(theirs, -1);

    private long LastCommonOfOurs(long ours) =>
        _ourSurplus.TryGetValue(ours, out long theirs) ? LastCommonOfTheirs(theirs) : ours;

    /// <summary>A transaction has one time, wherever it shows; the initial znodes have none.</summary>
    private static bool IsTimeOf(Dictionary<long, long> times, Field time) =>
        time.Zxid == 0 ? time.Value == 0 : times.TryAdd(time.Zxid, time.Value) || times[time.Zxid] == time.Value;

    private static bool Pair(Dictionary<long, long> there, Dictionary<long, long> back, long theirs, long ours)
    {
        bool known = there.TryGetValue(theirs, out long expected);
        bool taken = back.TryGetValue(ours, out long expectedBack);
        if (known || taken)
            return known && taken && expected == ours && expectedBack == theirs;

        there.Add(theirs, ours);
        back.Add(ours, theirs);
        return true;
    }
}
