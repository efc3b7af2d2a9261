using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// Goes through some log files entry by entry, while the last of them may be growing. It never looks beyond a transaction that is durable.
/// Damage ends a file, as a tear does: what is missing then shows in the order of the entries, which is the caller's to check.
/// </summary>
/// <param name="disk">The disk.</param>
/// <param name="files">The files, in order.</param>
/// <param name="upTo">Where to end; it is durable, or in no file.</param>
/// <param name="maxEntryLength">The bound of an entry.</param>
internal sealed class LogCursor(IDisk disk, IReadOnlyList<(Zxid First, string Path)> files, Zxid upTo, int maxEntryLength) : IDisposable
{
    private LogSegmentReader? _reader;
    private int _next;

    /// <summary>The transaction it is at.</summary>
    public Zxid Zxid { get; private set; }

    /// <summary>The entry it is at; valid until the next move.</summary>
    public ReadOnlySpan<byte> Entry => _reader is null ? [] : _reader.Entry;

    /// <summary>Goes to the next entry.</summary>
    /// <returns>Whether there is one that is not beyond the end.</returns>
    /// <exception cref="CorruptLogException">A file is no log.</exception>
    /// <exception cref="DiskException">A file is gone, or cannot be read.</exception>
    public bool MoveNext()
    {
        while (Zxid < upTo)
        {
            if (_reader is null)
            {
                if (_next == files.Count || files[_next].First > upTo)
                    return false;
                Open(files[_next++].Path);
                continue;
            }

            if (_reader.Read() == LogReadStatus.Record)
            {
                if (_reader.Zxid > upTo)
                    return false;
                Zxid = _reader.Zxid;
                return true;
            }

            _reader.Dispose();
            _reader = null;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _reader = null;
    }

    private void Open(string path)
    {
        LogSegmentReader reader = new(disk.Open(path, DiskOpenMode.Read), maxEntryLength);
        if (LogReader.HasHeader(reader.File, path))
            _reader = reader;
        else
            reader.Dispose();
    }
}
