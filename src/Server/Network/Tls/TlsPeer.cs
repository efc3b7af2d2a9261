using System.ComponentModel;
using System.Formats.Asn1;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Coordination.Server.Network;

/// <summary>One accepted socket of a <see cref="TlsTransport"/>: first byte, handshake, service, farewell.</summary>
internal sealed class TlsPeer(TlsTransportParts parts, Socket socket, IPEndPoint remoteAddress)
{
    /// <summary>The first byte of TLS. As that of a frame's length it would stand for more than any frame may have.</summary>
    private const byte HandshakeRecord = 0x16;

    private const int ReadBuffer = 16 << 10;

    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    /// <summary>The buffers are not kept while nothing is read: an idle connection holds none.</summary>
    private static readonly StreamPipeReaderOptions Reading = new(bufferSize: ReadBuffer, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true);

    private static readonly StreamPipeWriterOptions Writing = new(leaveOpen: true);

    /// <summary>The peer.</summary>
    public IPEndPoint RemoteAddress => remoteAddress;

    /// <summary>Serves the connection until the owner has closed it.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        await using NetworkStream stream = new(socket, ownsSocket: true);
        try
        {
            if (!parts.TakesPlainText || await BeginsWithTlsAsync(stopping))
                await ServeTlsAsync(stream, stopping);
            else
                await ServeAsync(stream, null);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer went, said nothing, or the server stops; who had a session may come back.
        }
    }

    /// <summary>Ends the connection at once.</summary>
    public void Abort() => socket.Close(0);

    private async Task<bool> BeginsWithTlsAsync(CancellationToken stopping)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(parts.Options.DetectionTimeout);
        return await PeekAsync(patience.Token) == HandshakeRecord;
    }

    /// <summary>Waits for the first byte without taking it; -1 at the end.</summary>
    private async Task<int> PeekAsync(CancellationToken cancellationToken)
    {
        var first = new byte[1];
        return await socket.ReceiveAsync(first, SocketFlags.Peek, cancellationToken) == 0 ? -1 : first[0];
    }

    private async Task ServeTlsAsync(NetworkStream stream, CancellationToken stopping)
    {
        await using SslStream tls = new(stream, leaveInnerStreamOpen: true);
        if (!await ShakeHandsAsync(tls, stopping) || !TryReadSubject(tls, out string? subject))
        {
            Abort();
            return;
        }

        await ServeAsync(tls, subject);
        await tls.ShutdownAsync().WaitAsync(LingerTime, stopping);
    }

    /// <summary>A silent socket takes no slot: only who has said something costs anything.</summary>
    private async Task<bool> ShakeHandsAsync(SslStream tls, CancellationToken stopping)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(parts.Options.HandshakeTimeout);
        try
        {
            if (await PeekAsync(patience.Token) < 0)
                return false;

            using IDisposable? slot = parts.Handshakes.TryTake(Abort);
            if (slot is null)
                return Fail("too many handshakes are under way");

            await tls.AuthenticateAsServerAsync(parts.Certificates.Current.CreateHandshake(), patience.Token);
            return !parts.Options.ChecksClientAddress || NamesItsAddress(tls.RemoteCertificate as X509Certificate2)
                || Fail("the client's certificate does not name the address it comes from");
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return Fail($"not done within {parts.Options.HandshakeTimeout}");
        }
        catch (Exception e) when (e is not (SocketException or ObjectDisposedException or OperationCanceledException))
        {
            // Also what the host's own ConfigureHandshake throws, and what its callbacks do.
            return Fail(e.InnerException is null or Win32Exception ? e.Message : $"{e.Message} {e.InnerException.Message}");
        }
    }

    private bool TryReadSubject(SslStream tls, out string? subject)
    {
        subject = null;
        try
        {
            if (tls.RemoteCertificate is X509Certificate2 certificate)
                subject = DistinguishedName.ToRfc2253(certificate.SubjectName.RawData);
            return true;
        }
        catch (AsnContentException e)
        {
            return Fail($"the subject of the client's certificate cannot be read: {e.Message}");
        }
    }

    /// <summary>Of a client only the address is known for sure. Asking for the name of an address would ask whoever owns it.</summary>
    private bool NamesItsAddress(X509Certificate2? certificate) => certificate is null
        || certificate.MatchesHostname(remoteAddress.Address.ToString(), allowWildcards: false, allowCommonName: false);

    private bool Fail(string reason)
    {
        parts.Events.HandshakeFailed(remoteAddress, reason);
        return false;
    }

    /// <summary>
    /// Neither pipe is completed: a read may still be under way in a buffer that would go back to the pool, and all that was written has
    /// been flushed.
    /// </summary>
    private async Task ServeAsync(Stream stream, string? subject)
    {
        PipeConnection connection = new(
            PipeReader.Create(stream, Reading), PipeWriter.Create(stream, Writing), Abort, remoteAddress, parts.Events)
        {
            CertificateSubject = subject,
        };
        parts.Events.Accepted(connection);
        await connection.Closed;
    }
}
