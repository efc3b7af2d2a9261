namespace Coordination.Server.Tests.Storage;

/// <summary>The content of one file of a <see cref="SimulatedDisk"/>: what is durable, what programs see, and the sectors that differ.</summary>
internal sealed class SimulatedFile
{
    private const int Sector = 512;
    private readonly SortedSet<int> _dirty = [];
    private readonly List<int> _sizes = [];
    private byte[] _durable;
    private byte[] _content;
    private int _length;

    public SimulatedFile(byte[] durable)
    {
        _durable = durable;
        _content = durable.ToArray();
        _length = durable.Length;
    }

    public ReadOnlySpan<byte> Content => _content.AsSpan(0, _length);

    public void Write(ReadOnlySpan<byte> bytes, int offset)
    {
        if (offset + bytes.Length > _length)
            SetLength(offset + bytes.Length);
        bytes.CopyTo(_content.AsSpan(offset));
        for (int sector = offset / Sector; sector * Sector < offset + bytes.Length; sector++)
            _dirty.Add(sector);
    }

    public void SetLength(int length)
    {
        if (length > _content.Length)
            Array.Resize(ref _content, Math.Max(length, _content.Length * 2));
        if (length < _length)
            _content.AsSpan(length, _length - length).Clear();
        _length = length;
        _sizes.Add(length);
    }

    /// <summary>These sectors are on the disk, but nothing of the file's size is, and no error was collected.</summary>
    public void MakeLikely(int offset, int length)
    {
        int end = Math.Min(offset + length, _length);
        if (end > _durable.Length)
            Array.Resize(ref _durable, end);
        _content.AsSpan(offset, end - offset).CopyTo(_durable.AsSpan(offset));
    }

    public void MakeDurable()
    {
        _durable = Content.ToArray();
        DropPending();
    }

    /// <summary>As after a failed sync: the pages count as clean, so the data is visible and will never be written.</summary>
    public void DropPending()
    {
        _dirty.Clear();
        _sizes.Clear();
    }

    public byte[] AfterCrash(Random random, double survival)
    {
        int size = _durable.Length;
        foreach (int pending in _sizes)
        {
            if (random.NextDouble() < survival)
                size = pending;
        }

        byte[] content = new byte[size];
        _durable.AsSpan(0, Math.Min(size, _durable.Length)).CopyTo(content);
        foreach (int sector in _dirty)
        {
            int from = sector * Sector;
            int to = Math.Min(Math.Min(from + Sector, size), _length);
            if (from < to && random.NextDouble() < survival)
                _content.AsSpan(from, to - from).CopyTo(content.AsSpan(from));
        }

        return content;
    }
}
