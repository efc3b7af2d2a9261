using Coordination.Protocol;

namespace Coordination.Client;

/// <content>Who the client says it is: told to every server anew, and final when refused.</content>
internal sealed partial class SessionLoop
{
    private readonly List<CredentialEntry> _credentials = [];
    private readonly Queue<CredentialEntry> _credentialsSent = new();
    private volatile bool _authenticationFailed;

    /// <summary>Adds credentials. From any thread.</summary>
    /// <param name="entry">The credentials.</param>
    public void Authenticate(CredentialEntry entry)
    {
        if (!TryPost(() => AddCredential(entry)))
            entry.Fail(_authenticationFailed);
    }

    private void AddCredential(CredentialEntry entry)
    {
        _credentials.Add(entry);
        if (_connection is { Stage: ConnectionStage.Established } connection)
            SendCredential(connection, entry, _clock.Now);
    }

    private void SendCredential(ServerConnection connection, CredentialEntry entry, TimeSpan now)
    {
        int mark = connection.Output.BeginFrame();
        var writer = new JuteWriter(connection.Output);
        new RequestHeader(WellKnownXid.Auth, OpCode.Auth).Write(ref writer);
        new AuthPacket(0, entry.Credential.Scheme, entry.Credential.ToBytes()).Write(ref writer);
        writer.Flush();
        connection.Output.EndFrame(mark);
        entry.SentAt = now;
        _credentialsSent.Enqueue(entry);
    }

    private void CredentialAnswered(in ReplyHeader header, TimeSpan now)
    {
        if (!_credentialsSent.TryDequeue(out CredentialEntry? entry))
        {
            Break("the server answered credentials that were not sent");
        }
        else if (header.Error == ErrorCode.Ok)
        {
            _session.PingAnswered(entry.SentAt, now);
            entry.Accept();
        }
        else
        {
            RefuseCredentials();
        }
    }

    private void RefuseCredentials()
    {
        _log.AuthenticationFailed();
        _authenticationFailed = true;
        _session.Close();
    }
}
