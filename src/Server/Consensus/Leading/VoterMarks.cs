namespace Coordination.Server.Consensus.Leading;

/// <summary>
/// A number for each voter, and the number that a quorum has reached: what is acknowledged, or which round of pings is answered. Allocates
/// nothing after its construction.
/// </summary>
internal sealed class VoterMarks
{
    private readonly Quorum _quorum;
    private readonly long[] _marks;
    private readonly int[] _descending;

    /// <param name="quorum">Who votes.</param>
    public VoterMarks(Quorum quorum)
    {
        _quorum = quorum;
        _marks = new long[quorum.Voters.Length];
        _marks.AsSpan().Fill(long.MinValue);
        _descending = [.. Enumerable.Range(0, _marks.Length)];
    }

    /// <summary>The highest number that every member of some quorum has reached; <see cref="long.MinValue"/> if there is none.</summary>
    public long Reached
    {
        get
        {
            Sort();
            VoterSet set = default;
            foreach (int index in _descending)
            {
                if (_marks[index] == long.MinValue)
                    break;
                set = set.Union(new VoterSet(1UL << index));
                if (_quorum.IsHeldBy(set))
                    return _marks[index];
            }

            return long.MinValue;
        }
    }

    /// <summary>Sets the number of a voter; that of anybody else counts nowhere.</summary>
    public void Set(long sid, long mark)
    {
        int index = _quorum.Voters.BinarySearch(sid);
        if (index >= 0)
            _marks[index] = mark;
    }

    // Few voters, and nearly in order since the last time.
    private void Sort()
    {
        for (int i = 1; i < _descending.Length; i++)
        {
            int index = _descending[i];
            int j = i - 1;
            for (; j >= 0 && _marks[_descending[j]] < _marks[index]; j--)
                _descending[j + 1] = _descending[j];
            _descending[j + 1] = index;
        }
    }
}
