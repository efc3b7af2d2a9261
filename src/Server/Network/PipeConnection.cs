using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Coordination.Protocol;

namespace Coordination.Server.Network;

/// <summary>
/// A connection over pipes: Kestrel's, or those of a stream through TLS. Frames are read in place; only one that straddles two segments of the pipe is
/// copied. Waiting reads and sends end in a callback that posts to the owner, so a connection costs no task per request.
/// </summary>
internal sealed class PipeConnection : ClientConnection
{
    /// <summary>Bytes per flush: a pipe tells nothing of how far a flush is.</summary>
    private const int Piece = 256 << 10;

    private readonly Action _abort;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Action _readable;
    private readonly Action _writable;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ConfiguredValueTaskAwaitable<ReadResult>.ConfiguredValueTaskAwaiter _reading;
    private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _sending;
    private ReadOnlySequence<byte> _bytes;
    private byte[]? _straddling;
    private byte[]? _unsent;
    private int _unsentStart;
    private int _unsentEnd;
    private int _flushing;
    private bool _isReading;
    private bool _hasBytes;
    private bool _isClosed;

    /// <summary>Wraps the pipes of an accepted connection.</summary>
    /// <param name="input">What arrives.</param>
    /// <param name="output">What leaves.</param>
    /// <param name="abort">Ends the connection at once.</param>
    /// <param name="remoteAddress">The peer.</param>
    /// <param name="events">Whoever drives the connection.</param>
    public PipeConnection(PipeReader input, PipeWriter output, Action abort, IPEndPoint remoteAddress, IConnectionEvents events)
        : base(remoteAddress)
    {
        _abort = abort;
        _input = input;
        _output = output;
        _readable = () => events.Readable(this);
        _writable = () => events.Writable(this);
    }

    /// <summary>Completes when the owner has closed the connection: the end of Kestrel's handler.</summary>
    public Task Closed => _closed.Task;

    /// <inheritdoc/>
    public override string? CertificateSubject { get; init; }

    /// <inheritdoc/>
    public override int Unsent => _flushing + _unsentEnd - _unsentStart;

    /// <inheritdoc/>
    public override bool HasBytes => _hasBytes;

    /// <inheritdoc/>
    public override bool Read()
    {
        if (_isClosed || HasEnded)
            return false;

        if (_hasBytes)
        {
            // Whatever is left is less than a frame and was looked at.
            _input.AdvanceTo(_bytes.Start, _bytes.End);
            _hasBytes = false;
            _bytes = default;
        }

        _reading = _input.ReadAsync().ConfigureAwait(false).GetAwaiter();
        _isReading = true;
        if (!_reading.IsCompleted)
        {
            _reading.UnsafeOnCompleted(_readable);
            return false;
        }

        EndRead();
        return true;
    }

    /// <inheritdoc/>
    public override void EndRead()
    {
        if (!_isReading || _isClosed)
            return;

        _isReading = false;
        try
        {
            ReadResult result = _reading.GetResult();
            _bytes = result.Buffer;
            _hasBytes = true;
            HasEnded = result.IsCompleted;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // A reset is an end like any other; the session lives on and the peer may come back.
            HasEnded = true;
        }
    }

    /// <inheritdoc/>
    public override bool TryPeekWord(out int word)
    {
        word = 0;
        if (!_hasBytes || _bytes.Length < sizeof(int))
            return false;

        Span<byte> bytes = stackalloc byte[sizeof(int)];
        _bytes.Slice(0, sizeof(int)).CopyTo(bytes);
        word = BinaryPrimitives.ReadInt32BigEndian(bytes);
        return true;
    }

    /// <inheritdoc/>
    public override bool TryPeek(Span<byte> bytes)
    {
        if (!_hasBytes || _bytes.Length < bytes.Length)
            return false;

        _bytes.Slice(0, bytes.Length).CopyTo(bytes);
        return true;
    }

    /// <inheritdoc/>
    public override FrameStatus TryTake(int maxFrame, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        ReleaseStraddling();
        if (!TryPeekWord(out int length))
            return FrameStatus.Incomplete;
        if (length < 0 || length > maxFrame)
            return FrameStatus.Refused;

        ReadOnlySpan<byte> first = _bytes.FirstSpan;
        if (first.Length - sizeof(int) >= length)
        {
            frame = first.Slice(sizeof(int), length);
        }
        else
        {
            if (_bytes.Length - sizeof(int) < length)
                return FrameStatus.Incomplete;

            _straddling = ArrayPool<byte>.Shared.Rent(length);
            _bytes.Slice(sizeof(int), length).CopyTo(_straddling);
            frame = _straddling.AsSpan(0, length);
        }

        _bytes = _bytes.Slice(sizeof(int) + length);
        return FrameStatus.Taken;
    }

    /// <inheritdoc/>
    public override void Send(FrameBuffer output)
    {
        if (!_isClosed)
        {
            ReadOnlySpan<byte> bytes = output.WrittenSpan;
            int first = Math.Min(bytes.Length, Piece);
            if (first < bytes.Length)
                KeepUnsent(bytes[first..]);
            IsSending = true;
            if (Flush(bytes[..first]))
                EndSend();
        }

        output.Clear();
    }

    /// <inheritdoc/>
    public override void EndSend()
    {
        if (!IsSending)
            return;

        while (HasFlushed() && _unsentStart < _unsentEnd)
        {
            int length = Math.Min(_unsentEnd - _unsentStart, Piece);
            ReadOnlySpan<byte> piece = _unsent.AsSpan(_unsentStart, length);
            _unsentStart += length;
            if (!Flush(piece))
                return;
        }

        IsSending = false;
        _unsentStart = _unsentEnd = 0;
        if (_unsent is { } rest)
            ArrayPool<byte>.Shared.Return(rest);
        _unsent = null;
    }

    private void KeepUnsent(ReadOnlySpan<byte> bytes)
    {
        _unsent = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_unsent);
        _unsentStart = 0;
        _unsentEnd = bytes.Length;
    }

    /// <returns>Whether it is through already; otherwise <see cref="IConnectionEvents.Writable"/> follows.</returns>
    private bool Flush(ReadOnlySpan<byte> piece)
    {
        _output.Write(piece);
        _flushing = piece.Length;
        _sending = _output.FlushAsync().ConfigureAwait(false).GetAwaiter();
        if (_sending.IsCompleted)
            return true;

        _sending.UnsafeOnCompleted(_writable);
        return false;
    }

    /// <returns>Whether anything more can be sent.</returns>
    private bool HasFlushed()
    {
        SentBytes += _flushing;
        _flushing = 0;
        try
        {
            return !_sending.GetResult().IsCompleted && !_isClosed;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The reading side learns of the end and reports it; here there is nothing left to deliver to.
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (_isClosed)
            return;

        _isClosed = true;
        ReleaseStraddling();
        _input.CancelPendingRead();
        _closed.TrySetResult();
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        _abort();
        Close();
    }

    private void ReleaseStraddling()
    {
        if (_straddling is { } bytes)
            ArrayPool<byte>.Shared.Return(bytes);
        _straddling = null;
    }
}
