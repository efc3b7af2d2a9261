using System.Buffers.Binary;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>Bytes of a snapshot between the turns that bring them and the thread that reads them; a bounded number of them.</summary>
/// <param name="maxLength">The longest value that is read.</param>
/// <param name="hasRoom">Called on the reading thread when there is room again.</param>
internal sealed class SnapshotFeed(int maxLength, Action hasRoom) : ISnapshotInput, IDisposable
{
    private const int MaxWaiting = 4 << 20;

    private readonly object _gate = new();
    private FrameBuffer _filling = new(64 << 10);
    private FrameBuffer _reading = new(64 << 10);
    private byte[] _value = new byte[4096];
    private int _position;
    private bool _isAwaited;
    private bool _hasAll;
    private bool _isOver;

    /// <summary>For turns: whether more may be added; if not, the word that there is room again follows.</summary>
    public bool HasRoom()
    {
        lock (_gate)
        {
            _isAwaited = _filling.Length >= MaxWaiting;
            return !_isAwaited;
        }
    }

    /// <summary>For turns: adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes, bool isLast)
    {
        lock (_gate)
        {
            bytes.CopyTo(_filling.GetSpan(bytes.Length));
            _filling.Advance(bytes.Length);
            _hasAll |= isLast;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits until the signature has come, which the reading does not reach.</summary>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public void WaitForEnd()
    {
        lock (_gate)
        {
            while (!_hasAll && !_isOver)
                Monitor.Wait(_gate);
            if (_isOver)
                throw new OperationCanceledException();
        }
    }

    /// <inheritdoc/>
    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    /// <inheritdoc/>
    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

    /// <inheritdoc/>
    public string? ReadString()
    {
        ReadOnlySpan<byte> bytes = ReadSpan(out bool isNull);
        return isNull ? null : Encoding.UTF8.GetString(bytes);
    }

    /// <inheritdoc/>
    public byte[]? ReadBuffer()
    {
        ReadOnlySpan<byte> bytes = ReadSpan(out bool isNull);
        return isNull ? null : bytes.ToArray();
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> ReadSpan(out bool isNull)
    {
        int length = ReadInt32();
        isNull = length < 0;
        if (length < -1 || length > maxLength)
            throw new JuteFormatException(JuteError.Oversized, 0, $"A snapshot holds a value of {length} bytes; at most {maxLength} are read.");
        return isNull ? [] : Take(length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.Pulse(_gate);
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_reading.Length - _position >= length)
        {
            _position += length;
            return _reading.WrittenSpan.Slice(_position - length, length);
        }

        if (_value.Length < length)
            _value = new byte[length];
        int filled = 0;
        while (filled < length)
        {
            int count = Math.Min(length - filled, _reading.Length - _position);
            _reading.WrittenSpan.Slice(_position, count).CopyTo(_value.AsSpan(filled));
            _position += count;
            filled += count;
            if (filled < length)
                Exchange();
        }

        return _value.AsSpan(0, length);
    }

    private void Exchange()
    {
        bool tell;
        lock (_gate)
        {
            while (_filling.Length == 0 && !_hasAll && !_isOver)
                Monitor.Wait(_gate);
            if (_isOver)
                throw new OperationCanceledException();
            if (_filling.Length == 0)
                throw new JuteFormatException(JuteError.InvalidValue, 0, "A snapshot ends where more is announced.");

            _reading.Clear();
            (_filling, _reading) = (_reading, _filling);
            _position = 0;
            tell = _isAwaited;
            _isAwaited = false;
        }

        if (tell)
            hasRoom();
    }
}
