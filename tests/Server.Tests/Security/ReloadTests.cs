using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Coordination.Server.Hosting;
using Coordination.Server.Network;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Tests.Security;

public sealed class ReloadTests : IDisposable
{
    private const int Reloads = 1000;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_thousand_reloads_leave_nothing_behind()
    {
        using TestAuthority authority = new();
        string file = _directory.Combine("server.pem");
        byte[][] contents = [Content(authority, "CN=one"), Content(authority, "CN=two")];
        await File.WriteAllBytesAsync(file, contents[0], TestContext.Current.CancellationToken);

        LineLogger logger = new();
        Channel<string> said = Channel.CreateUnbounded<string>();
        logger.Said = line => said.Writer.TryWrite(line);
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(logger));
        FakeTimeProvider time = new();
        ServerTlsOptions options = new() { ReloadCertificates = true, ClientCertificates = ClientCertificates.None };
        options.KeyStore.Location = file;
        await using TlsCertificates certificates = new(options, new ServerLog(loggers.CreateLogger("test"), new MonotonicClock(time)), time);
        certificates.BeginWatching();
        await Eventually.HoldsAsync(() => time.PendingTimers > 0, TimeSpan.FromSeconds(60), static () => "Nobody watches.");

        List<WeakReference> old = [];
        for (int i = 1; i <= Reloads; i++)
        {
            Remember(certificates, old);
            await File.WriteAllBytesAsync(file, contents[i % 2], TestContext.Current.CancellationToken);
            time.Advance(TimeSpan.FromSeconds(1));
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
            Assert.StartsWith("501 ", await said.Reader.ReadAsync(limit.Token), StringComparison.Ordinal);
        }

        Assert.Equal(Reloads, old.Count);
        await Eventually.HoldsAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return old.Count(static reference => reference.IsAlive) <= 2;
            },
            TimeSpan.FromSeconds(60),
            () => $"{old.Count(static reference => reference.IsAlive)} of {Reloads} are still there");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Remember(TlsCertificates certificates, List<WeakReference> old) => old.Add(new WeakReference(certificates.Current));

    private byte[] Content(TestAuthority authority, string subject)
    {
        string path = _directory.Combine("made.pem");
        TestAuthority.WritePem(path, authority.Issue(subject, use: TestAuthority.ServerUse));
        return File.ReadAllBytes(path);
    }
}
