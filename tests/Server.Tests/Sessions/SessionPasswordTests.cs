using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Sessions;
using Coordination.Testing;

namespace Coordination.Server.Tests.Sessions;

/// <summary>Passwords made from a secret, and their life beside Apache's.</summary>
public sealed class SessionPasswordTests
{
    private const long Since = 0x100000000000010;

    private static readonly byte[] Secret = [.. "a secret of an ensemble"u8];

    [Fact]
    public void A_keyed_password_depends_on_secret_and_session()
    {
        SessionPasswords keyed = new(Secret, Since);
        byte[] password = keyed.For(Since);
        Assert.Equal(16, password.Length);
        Assert.True(keyed.Matches(Since, password));
        Assert.False(keyed.Matches(Since + 1, password));
        Assert.False(keyed.Matches(Since, password.AsSpan(0, 15)));
        Assert.False(keyed.Matches(Since, default));
        Assert.NotEqual(password, new SessionPasswords([.. "another secret"u8], Since).For(Since));
        Assert.NotEqual(password, SessionPassword.For(Since));
        Assert.False(keyed.Matches(0, keyed.For(0)));
    }

    [Fact]
    public void A_session_older_than_the_secret_may_come_with_either_password()
    {
        SessionPasswords keyed = new(Secret, Since);
        Assert.True(keyed.Matches(Since - 1, SessionPassword.For(Since - 1)));
        Assert.True(keyed.Matches(Since - 1, keyed.For(Since - 1)));
        Assert.False(keyed.Matches(Since, SessionPassword.For(Since)));

        const long ofServerTwo = 0x200000000000010;
        Assert.True(keyed.Matches(ofServerTwo, SessionPassword.For(ofServerTwo)));
    }

    [Fact]
    public void A_session_is_not_taken_over_with_a_guessed_password()
    {
        ReplicaDriver driver = new(new ReplicaOptions
        {
            TickMilliseconds = 2000,
            SessionIdSeedMilliseconds = 1_000_000,
            Passwords = new SessionPasswords(Secret, 0x100000000000000),
        });
        TestClient owner = driver.Connect();
        byte[] password = owner.Handshake.Password!;
        Assert.NotEqual(SessionPassword.For(owner.SessionId), password);
        Assert.Equal(0, Reattach(driver, owner.SessionId, SessionPassword.For(owner.SessionId)).SessionId);
        Assert.Equal(owner.SessionId, Reattach(driver, owner.SessionId, password).SessionId);
    }

    [Fact]
    public void No_session_passes_for_older_than_the_secret_because_the_clock_was_set_back()
    {
        ReplicaDriver driver = new(new ReplicaOptions
        {
            TickMilliseconds = 2000,
            SessionIdSeedMilliseconds = 1_000_000,
            Passwords = new SessionPasswords(Secret, 0x1ff000000000000),
        });
        TestClient client = driver.Connect();
        Assert.Equal(0x1ff000000000000, client.SessionId);
        Assert.Equal(0, Reattach(driver, client.SessionId, SessionPassword.For(client.SessionId)).SessionId);
    }

    [Fact]
    public void Guesses_do_not_hit()
    {
        SessionPasswords keyed = new(Secret, Since);
        Random chance = new(20261120);
        var guess = new byte[SessionPassword.Size];
        for (int i = ProofScale.Of(200_000, 2_000_000, 10_000_000); i > 0; i--)
        {
            chance.NextBytes(guess);
            Assert.False(keyed.Matches(Since + (i % 16), guess));
        }
    }

    private static ConnectResponse Reattach(ReplicaDriver driver, long id, byte[] password)
    {
        TestClient client = driver.Accept();
        client.SendConnect(new ConnectRequest(0, 0, 10_000, id, password, false));
        return client.ReadConnectResponse();
    }
}
