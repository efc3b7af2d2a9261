using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <summary>One election connection: a greeting, then messages behind their lengths, both ways.</summary>
/// <param name="number">Its number among the connections of this server.</param>
/// <param name="socket">Connected.</param>
internal sealed class ElectionConnection(long number, Socket socket) : IDisposable
{
    private const int InitialBuffer = 4096;

    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private byte[] _buffer = new byte[InitialBuffer];
    private int _start;
    private int _end;

    /// <summary>Its number among the connections of this server.</summary>
    public long Number { get; } = number;

    /// <summary>Who is at the other end.</summary>
    public EndPoint? Remote { get; } = socket.RemoteEndPoint;

    /// <summary>Encodes a notification with the length before it.</summary>
    public static byte[] Encode(in ElectionNotification notification)
    {
        ArrayBufferWriter<byte> body = new();
        JuteWriter writer = new(body);
        notification.Write(ref writer);
        writer.Flush();
        ArrayBufferWriter<byte> message = new(body.WrittenCount + sizeof(int));
        writer = new JuteWriter(message);
        writer.WriteBuffer(body.WrittenSpan);
        writer.Flush();
        return message.WrittenSpan.ToArray();
    }

    /// <summary>Says who this server is, in one piece: Apache reads it so.</summary>
    public Task GreetAsync(in ElectionGreeting greeting, CancellationToken cancellationToken)
    {
        ArrayBufferWriter<byte> bytes = new();
        JuteWriter writer = new(bytes);
        greeting.Write(ref writer);
        writer.Flush();
        return SendAsync(bytes.WrittenMemory, cancellationToken);
    }

    /// <summary>Hears who has opened the connection.</summary>
    /// <exception cref="IOException">It ended before that.</exception>
    /// <exception cref="JuteFormatException">What it says is no greeting.</exception>
    public async Task<ElectionGreeting> ReadGreetingAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (ElectionGreeting.TryRead(_buffer.AsSpan(_start, _end - _start), out ElectionGreeting greeting, out int length))
            {
                _start += length;
                return greeting;
            }

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                throw new IOException("The connection ended before its opener had said who it is.");
        }
    }

    /// <summary>Reads the next notification; what is none is passed over.</summary>
    /// <returns>Null at the end.</returns>
    /// <exception cref="JuteFormatException">A length is out of bounds.</exception>
    public async Task<ElectionNotification?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (TryReadMessage(out ElectionNotification? notification))
            {
                if (notification is not null)
                    return notification;
            }

            if (!await FillAsync(cancellationToken).ConfigureAwait(false))
                return null;
        }
    }

    /// <summary>Lets <see cref="WaitForMessageAsync"/> end, now or when it is called.</summary>
    public void Signal() => _signal.Writer.TryWrite(true);

    /// <summary>Waits for a message to be sent.</summary>
    public ValueTask<bool> WaitForMessageAsync(CancellationToken cancellationToken) => _signal.Reader.ReadAsync(cancellationToken);

    /// <summary>Sends all of it.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, cancellationToken).ConfigureAwait(false)..];
    }

    /// <summary>Closes it; whoever reads or writes finds it closed.</summary>
    public void Dispose()
    {
        _signal.Writer.TryComplete();
        socket.Dispose();
    }

    private bool TryReadMessage(out ElectionNotification? notification)
    {
        notification = null;
        if (!ElectionStream.TryRead(_buffer.AsSpan(_start, _end - _start), out ReadOnlySpan<byte> message, out int length))
            return false;

        _start += length;
        try
        {
            notification = ElectionNotification.Read(message);
        }
        catch (JuteFormatException)
        {
            // Its length was right, so the next one can be found; Apache passes over it as well (ZOOKEEPER-3769).
        }

        return true;
    }

    /// <summary>Reads what is there. The buffer grows with what has come, never with what a length announces.</summary>
    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, Math.Min(2 * _buffer.Length, ElectionStream.MaxMessage + sizeof(int)));
        int count = await socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        return count > 0;
    }
}
