using Coordination.Server.Hosting;

namespace Coordination.Server.Network;

/// <summary>
/// The certificates in force. Changed files are read again while the server runs, if it shall: what cannot be used is reported, and the
/// old ones stay. Content counts, not times: files are often replaced by links or within one tick of the file system.
/// </summary>
internal sealed class TlsCertificates : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ServerTlsOptions _options;
    private readonly ServerLog _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TimeProvider _time;
    private Task _watching = Task.CompletedTask;
    private TlsMaterial _current;
    private byte[] _seen;

    /// <summary>Loads the certificates.</summary>
    /// <exception cref="ServerConfigurationException">They cannot be used.</exception>
    public TlsCertificates(ServerTlsOptions options, ServerLog log, TimeProvider time)
    {
        _options = options;
        _log = log;
        _current = TlsMaterial.Load(options);
        _seen = options.ReloadCertificates ? Fingerprint() : [];
        _time = time;
    }

    /// <summary>For the next handshake.</summary>
    public TlsMaterial Current => Volatile.Read(ref _current);

    /// <summary>Begins to look whether they have changed, if that is wanted.</summary>
    public void BeginWatching()
    {
        if (_options.ReloadCertificates)
            _watching = Task.Run(WatchAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(LookInterval, _time);
        while (await timer.WaitForNextTickAsync(_stopping.Token))
            Look();
    }

    private void Look()
    {
        try
        {
            byte[] found = Fingerprint();
            if (found.AsSpan().SequenceEqual(_seen))
                return;

            // Remembered even if it cannot be used: one message for one broken file, not one a second.
            _seen = found;
            Volatile.Write(ref _current, TlsMaterial.Load(_options));
            _log.CertificatesReloaded();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            ReportOnce(e);
        }
        catch (Exception e)
        {
            // Whatever it is, also from the host's own ConfigureHandshake: the next change must be seen.
            _log.CertificatesNotReloaded(e.Message);
        }
    }

    /// <summary>A file that is gone, as it is for a moment while it is replaced; it counts as another content.</summary>
    private void ReportOnce(Exception e)
    {
        if (_seen.Length == 0)
            return;

        _seen = [];
        _log.CertificatesNotReloaded(e.Message);
    }

    private byte[] Fingerprint() => [.. CertificateFiles.Fingerprint(_options.KeyStore), .. CertificateFiles.Fingerprint(_options.TrustStore)];
}
