using System.Text;
using Coordination.Protocol;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Security;

/// <summary>Secrets are planted wherever the server takes them, and looked for wherever it speaks.</summary>
public sealed class CanaryTests
{
    private const string Canary = "kanarienvogel";

    [Fact]
    public async Task No_secret_appears_in_a_message_or_a_four_letter_word()
    {
        string digest = DigestIdentity.Create("admin", Canary);
        await using TlsWorld world = await TlsWorld.StartAsync((options, w) =>
        {
            options.FourLetterWords = new HashSet<string>(StringComparer.Ordinal) { "*" };
            options.Security.SuperDigest = digest;
            options.Security.EnsembleSecretFile = w.Directory.Combine("secret");
            File.WriteAllText(options.Security.EnsembleSecretFile, Canary + Canary);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(options.Security.EnsembleSecretFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            options.Tls.Certificate = null;
            options.Tls.KeyStore.Location = w.Directory.Combine("server.pem");
            options.Tls.KeyStore.Password = Canary;
            options.Tls.ReloadCertificates = true;
            TestAuthority.WritePem(options.Tls.KeyStore.Location, w.Authority.Issue("CN=server"), Canary);
        });

        using RawClient admin = await world.ConnectAsync(world.Authority.Issue("CN=bob"));
        await admin.CallAsync(OpCode.Auth, new AuthPacket(0, "digest", Encoding.UTF8.GetBytes($"admin:{Canary}")));
        await admin.CallAsync(OpCode.Create, new CreateRequest($"/{Guid.NewGuid():n}", Encoding.UTF8.GetBytes(Canary), Acl.Creator, CreateMode.Ephemeral));
        await admin.CallAsync(OpCode.GetChildren, new GetChildrenRequest("/", true));

        // Failures are where secrets slip out: refused credentials, a stolen session, a key that no longer opens.
        using RawClient refused = await world.Server.ConnectAsync();
        await refused.CallAsync(OpCode.Auth, new AuthPacket(0, Canary, Encoding.UTF8.GetBytes(Canary)));
        using RawClient thief = await RawClient.ConnectAsync(
            world.Server.Endpoint, 10_000, admin.Session.SessionId, Encoding.UTF8.GetBytes(Canary.PadRight(16)[..16]));
        TestAuthority.WritePem(world.Directory.Combine("server.pem"), world.Authority.Issue("CN=server"), "another");
        await Eventually.HoldsAsync(
            () => world.Server.Log.Any(static line => line.StartsWith("502 ", StringComparison.Ordinal)), TimeSpan.FromSeconds(60), () => "not reloaded");

        StringBuilder said = new();
        foreach (string word in (string[])["conf", "cons", "dirs", "dump", "envi", "hash", "mntr", "srvr", "stat", "wchc", "wchp", "wchs"])
            said.AppendLine(await FourLetterWord.AskAsync(world.Server.Endpoint.Port, word, TestContext.Current.CancellationToken));
        said.AppendJoin('\n', world.Server.Log);

        string[] secrets =
        [
            Canary, digest.Split(':')[1], Convert.ToHexString(admin.Session.Password!), Convert.ToBase64String(admin.Session.Password!),
        ];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, said.ToString(), StringComparison.OrdinalIgnoreCase));
        Assert.Contains("secureClientPort=" + world.Secure.Port, said.ToString(), StringComparison.Ordinal);
    }
}
