using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>What a subtree takes up.</summary>
/// <param name="Count">Znodes, its root among them.</param>
/// <param name="Bytes">Bytes of data.</param>
internal readonly record struct QuotaUsage(long Count, long Bytes)
{
    /// <summary>Adds up a subtree.</summary>
    /// <param name="top">Its root.</param>
    /// <param name="known">Subtrees that are added up already; null for none.</param>
    public static QuotaUsage Measure(Znode top, Dictionary<Znode, QuotaUsage>? known)
    {
        long count = 0;
        long bytes = 0;
        Walk walk = new(top);
        do
        {
            if (known is not null && known.TryGetValue(walk.Current, out QuotaUsage part))
            {
                count += part.Count;
                bytes += part.Bytes;
                walk.SkipChildren();
                continue;
            }

            count++;
            bytes += walk.Current.Data.Length;
        }
        while (walk.MoveNext());

        return new QuotaUsage(count, bytes);
    }

    /// <summary>A znode and everything below it.</summary>
    public static IEnumerable<Znode> Descend(Znode top)
    {
        Walk walk = new(top);
        do
            yield return walk.Current;
        while (walk.MoveNext());
    }

    /// <summary>Without recursion: a tree may be deeper than a stack.</summary>
    private struct Walk(Znode top)
    {
        private int _depth;
        private bool _skips;

        public Znode Current { get; private set; } = top;

        public void SkipChildren() => _skips = true;

        public bool MoveNext()
        {
            if (!_skips && Current.FirstChild is { } child)
            {
                Current = child;
                _depth++;
                return true;
            }

            _skips = false;
            while (_depth > 0)
            {
                if (Current.NextSibling is { } sibling)
                {
                    Current = sibling;
                    return true;
                }

                if (Current.Parent is not { } parent)
                    return false;
                Current = parent;
                _depth--;
            }

            return false;
        }
    }
}
