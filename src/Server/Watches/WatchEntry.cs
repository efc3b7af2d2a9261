using Coordination.Server.Slabs;

namespace Coordination.Server.Watches;

/// <summary>
/// What one watcher holds on one path in one table, in 28 bytes: a million of them is nothing unusual. It is linked into the list of its
/// path, in the order the watchers came, and into that of its watcher.
/// </summary>
internal struct WatchEntry : IHashedEntry
{
    private const int ModeBits = 3;

    private int _watcherAndModes;

    /// <summary>The <see cref="WatchedPath"/>.</summary>
    public int Path;

    public int PreviousOfPath;
    public int NextOfPath;
    public int PreviousOfWatcher;
    public int NextOfWatcher;

    /// <summary>The number of the watcher.</summary>
    public int Watcher
    {
        readonly get => _watcherAndModes >> ModeBits;
        set => _watcherAndModes = (value << ModeBits) | (int)Modes;
    }

    /// <summary>How it is watched.</summary>
    public WatchModes Modes
    {
        readonly get => (WatchModes)(_watcherAndModes & ((1 << ModeBits) - 1));
        set => _watcherAndModes = (Watcher << ModeBits) | (int)value;
    }

    /// <inheritdoc/>
    public int NextInBucket { readonly get; set; }

    /// <inheritdoc/>
    public int NextFree
    {
        readonly get => NextInBucket;
        set => NextInBucket = value;
    }

    /// <inheritdoc/>
    public readonly uint Hash => SlabHash.Of(Path, Watcher);
}

/// <summary>A path that somebody watches; the znode need not exist.</summary>
internal struct WatchedPath : IHashedEntry
{
    /// <summary>The path.</summary>
    public byte[] Text;

    /// <summary>The watch that is there longest.</summary>
    public int First;

    /// <summary>The newest watch.</summary>
    public int Last;

    /// <inheritdoc/>
    public uint Hash { readonly get; set; }

    /// <inheritdoc/>
    public int NextInBucket { readonly get; set; }

    /// <inheritdoc/>
    public int NextFree
    {
        readonly get => NextInBucket;
        set => NextInBucket = value;
    }
}
