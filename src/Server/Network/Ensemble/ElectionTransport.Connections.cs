using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <content>What the rules want done, and the tasks of a connection.</content>
internal sealed partial class ElectionTransport
{
    /// <summary>
    /// Lets the rules decide and does what they want. Who can be reached is noted under the lock, so that the last word is the last;
    /// connections have numbers of their own, and what is done to them may overlap.
    /// </summary>
    private void Apply<T>(Action<ElectionLinks, T> decide, T argument)
    {
        ElectionLinkAction[] actions;
        bool hasNews = false;
        lock (_lock)
        {
            decide(_links, argument);
            actions = [.. _links.Actions];
            _links.Actions.Clear();
            foreach (ElectionLinkAction action in actions)
            {
                if (action.Kind is ElectionLinkActionKind.Reachable or ElectionLinkActionKind.Unreachable)
                    hasNews |= _inbox.Put(action.Server, action.Kind == ElectionLinkActionKind.Reachable);
            }
        }

        if (hasNews)
            events.Arrived();
        foreach (ElectionLinkAction action in actions)
            Do(action);
    }

    private void Do(ElectionLinkAction action)
    {
        switch (action.Kind)
        {
            case ElectionLinkActionKind.Open:
                Run(() => OpenAsync(action.Server, action.Addresses));
                break;
            case ElectionLinkActionKind.LookAgain:
                Run(() => LookAgainAsync(action.Server, TimeSpan.FromMilliseconds(action.Number)));
                break;
            case ElectionLinkActionKind.Close:
                if (_connections.TryGetValue(action.Number, out ElectionConnection? closing))
                    Release(closing);
                break;
            case ElectionLinkActionKind.Use:
                if (_connections.TryGetValue(action.Number, out ElectionConnection? used))
                    Use(action.Server, used);
                else
                    Apply(static (links, it) => links.Lost(it.Server, it.Number), action);
                break;
            case ElectionLinkActionKind.Write:
                if (_connections.TryGetValue(action.Number, out ElectionConnection? writing))
                    writing.Signal();
                break;
            case ElectionLinkActionKind.Reachable or ElectionLinkActionKind.Unreachable:
            default:
                break;
        }
    }

    private async Task LookAgainAsync(long server, TimeSpan pause)
    {
        await Task.Delay(pause, time, _stopping.Token).ConfigureAwait(false);
        Apply(static (links, id) => links.LookAgain(id), server);
    }

    private void Use(long server, ElectionConnection connection)
    {
        Run(() => ReadAsync(server, connection));
        Run(() => WriteAsync(server, connection));
    }

    private async Task ReadAsync(long server, ElectionConnection connection)
    {
        try
        {
            while (await connection.ReadAsync(_stopping.Token).ConfigureAwait(false) is { } notification)
            {
                lock (_lock)
                    _links.Heard(server);
                if (_inbox.Put(server, notification))
                    events.Arrived();
            }
        }
        catch (Exception e) when (IsOrdinary(e))
        {
            if (e is JuteFormatException)
                events.Refused(connection.Remote, e.Message);
        }
        finally
        {
            Release(connection);
            Apply(static (links, it) => links.Lost(it.server, it.Number), (server, connection.Number));
        }
    }

    private async Task WriteAsync(long server, ElectionConnection connection)
    {
        try
        {
            while (true)
            {
                while (TryTake(server, connection, out ReadOnlyMemory<byte> message))
                {
                    using CancellationTokenSource limit = Limit(options.HandshakeTimeout);
                    await connection.SendAsync(message, limit.Token).ConfigureAwait(false);
                }

                await connection.WaitForMessageAsync(_stopping.Token).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsOrdinary(e))
        {
            // The reader finds the connection closed and says so to the rules.
            Release(connection);
        }
    }

    private bool TryTake(long server, ElectionConnection connection, out ReadOnlyMemory<byte> message)
    {
        lock (_lock)
            return _links.TryTake(server, connection.Number, out message);
    }

    private ElectionConnection Adopt(Socket socket)
    {
        socket.NoDelay = true;
        if (options.KeepAlive)
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        ElectionConnection connection = new(Interlocked.Increment(ref _lastNumber), socket);
        _connections[connection.Number] = connection;
        return connection;
    }

    private void Release(ElectionConnection connection)
    {
        _connections.TryRemove(connection.Number, out _);
        connection.Dispose();
    }

    private CancellationTokenSource Limit(TimeSpan patience)
    {
        CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(patience);
        return limit;
    }

    /// <summary>Runs something on the thread pool until it ends or the transport stops; an exception that nobody expects stops the server.</summary>
    private void Run(Func<Task> work)
    {
        if (_stopping.IsCancellationRequested)
            return;

        long number = Interlocked.Increment(ref _lastNumber);
        Task task = Task.Run(async () =>
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception e) when (IsOrdinary(e))
            {
                // It stops.
            }
            catch (Exception e)
            {
                events.Failed(e);
            }
        });
        _work[number] = task;
        _ = task.ContinueWith(_ => _work.TryRemove(number, out Task? _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private static bool IsOrdinary(Exception e) =>
        e is IOException or SocketException or JuteFormatException or OperationCanceledException or ObjectDisposedException
            or System.Threading.Channels.ChannelClosedException;
}
