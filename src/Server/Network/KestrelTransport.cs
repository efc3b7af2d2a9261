using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Coordination.Server.Network;

/// <summary>
/// Listens through a Kestrel of its own. Never through the application's: an endpoint added there silently replaces its URLs.
/// </summary>
internal sealed class KestrelTransport : IClientTransport
{
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    private readonly IConnectionEvents _events;
    private readonly ConnectionCounter _counter;
    private readonly ILoggerFactory _loggers;
    private readonly bool _inlineCompletions;
    private KestrelServer? _server;

    /// <summary>Prepares a listener.</summary>
    /// <param name="events">Whoever drives the connections.</param>
    /// <param name="counter">The limits of the listener.</param>
    /// <param name="loggers">For Kestrel's own messages.</param>
    /// <param name="inlineCompletions">Whether the thread on which a socket completes also runs what follows from it.</param>
    public KestrelTransport(IConnectionEvents events, ConnectionCounter counter, ILoggerFactory loggers, bool inlineCompletions)
    {
        _events = events;
        _counter = counter;
        _loggers = loggers;
        _inlineCompletions = inlineCompletions;
    }

    /// <inheritdoc/>
    public async Task<IPEndPoint> StartAsync(IPEndPoint endpoint, int? backlog, CancellationToken cancellationToken)
    {
        SocketTransportOptions sockets = new()
        {
            UnsafePreferInlineScheduling = _inlineCompletions,
            NoDelay = true,
            Backlog = backlog ?? IClientTransport.DefaultBacklog,
        };

        ListenOptions? listening = null;
        KestrelServerOptions options = new();
        options.Listen(endpoint, listen =>
        {
            listening = listen;
            listen.Run(ServeAsync);
        });

        _server = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(sockets), _loggers), _loggers);
        await _server.StartAsync(new NoHttp(), cancellationToken);
        return listening!.IPEndPoint!;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static IPEndPoint Normalize(EndPoint? endpoint)
    {
        if (endpoint is not IPEndPoint remote)
            return new IPEndPoint(IPAddress.None, 0);

        return remote.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(remote.Address.MapToIPv4(), remote.Port) : remote;
    }

    private async Task ServeAsync(ConnectionContext context)
    {
        IPEndPoint remote = Normalize(context.RemoteEndPoint);
        ConnectionLimit limit = _counter.TryEnter(remote.Address);
        if (limit != ConnectionLimit.None)
        {
            context.Abort();
            _events.Refused(remote, limit);
            return;
        }

        try
        {
            PipeConnection connection = new(context.Transport.Input, context.Transport.Output, context.Abort, remote, _events);
            _events.Accepted(connection);
            await connection.Closed;
            await LingerAsync(context);
        }
        finally
        {
            _counter.Leave(remote.Address);
        }
    }

    /// <summary>Lets what was sent leave, but not for longer than a peer that does not read deserves.</summary>
    private static async Task LingerAsync(ConnectionContext context)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = context.ConnectionClosed.UnsafeRegister(
            static state => ((TaskCompletionSource)state!).TrySetResult(), ended);
        await context.Transport.Output.CompleteAsync();
        if (await Task.WhenAny(ended.Task, Task.Delay(LingerTime)) != ended.Task)
            context.Abort();
    }

    /// <summary>Kestrel wants an HTTP application even where every endpoint speaks something else; it is never reached.</summary>
    private sealed class NoHttp : IHttpApplication<object>
    {
        public object CreateContext(Microsoft.AspNetCore.Http.Features.IFeatureCollection contextFeatures) => throw new NotSupportedException();

        public Task ProcessRequestAsync(object context) => throw new NotSupportedException();

        public void DisposeContext(object context, Exception? exception)
        {
        }
    }
}
