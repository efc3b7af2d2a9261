using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Coordination.Bench.Stubs;

/// <summary>The corridor through Kestrel: a connection handler reads the pipe, the turn writes into it.</summary>
internal sealed class KestrelStub(StubOwner owner) : ConnectionHandler
{
    public static async Task RunAsync(StubDesign design, StubLog log, int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(new StubOwner(design, log));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.UnsafePreferInlineScheduling = design.Transport == StubTransport.KestrelInline;
            // The turn never waits for a pipe; a stub has only well-behaved clients.
            sockets.MaxWriteBufferSize = null;
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, listener => listener.UseConnectionHandler<KestrelStub>()));
        await builder.Build().RunAsync();
    }

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var link = new Link(connection.Transport.Output);
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult result;
            try
            {
                result = await input.ReadAsync();
            }
            catch (ConnectionResetException)
            {
                return;
            }

            int taken = Post(link, result.Buffer);
            input.AdvanceTo(result.Buffer.GetPosition(taken), result.Buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    private int Post(Link link, in ReadOnlySequence<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
        int length = FramePrefix.LengthIn(span);
        if (length > 0)
            owner.Post(link, span[..length]);
        return length;
    }

    private sealed class Link(PipeWriter output) : StubLink
    {
        protected override void Transmit(ReadOnlySpan<byte> bytes)
        {
            output.Write(bytes);
            ValueTask<FlushResult> flush = output.FlushAsync();
            if (flush.IsCompleted)
                _ = flush.Result;
        }
    }
}
