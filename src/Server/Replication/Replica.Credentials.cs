using Coordination.Protocol;
using Coordination.Server.Operations;

namespace Coordination.Server.Replication;

/// <summary>Who a connection is: answered on arrival, ahead of requests that still wait.</summary>
internal sealed partial class Replica
{
    private void Authenticate(ClientLink link, RequestHeader header, ref JuteReader reader)
    {
        bool accepted;
        try
        {
            accepted = AuthOperation.Authenticate(ref reader, link.Identities);
        }
        catch (JuteFormatException)
        {
            accepted = false;
        }

        SendAside(link, header, 0, accepted ? ErrorCode.Ok : ErrorCode.AuthFailed);
        if (accepted)
            return;

        Statistics.AuthenticationFailures++;
        CloseLink(link, CloseReason.AuthenticationFailed, TraceKind.AuthenticationFailed, "credentials were refused");
    }

    private void AnswerSasl(ClientLink link, RequestHeader header, ref JuteReader reader)
    {
        SaslStep step;
        try
        {
            step = SaslOperation.Take(ref reader, link.Identities, link.Sasl);
        }
        catch (JuteFormatException malformed)
        {
            CloseLink(link, CloseReason.ProtocolViolation, TraceKind.ProtocolViolation, malformed.Message);
            return;
        }

        // As Apache: whoever fails where SASL is demanded learns that it is.
        ErrorCode error = step.Accepted ? ErrorCode.Ok
            : link.Identities.Rules.RequiredSchemes.Contains(AccessControl.SaslScheme) ? ErrorCode.SessionClosedRequireAuth
            : ErrorCode.AuthFailed;
        int mark = link.Output.BeginFrame();
        var writer = new JuteWriter(link.Output);
        new ReplyHeader(header.Xid, 0, error).Write(ref writer);
        new SaslToken(step.Reply).Write(ref writer);
        writer.Flush();
        link.Output.EndFrame(mark);
        Statistics.AddFrame(link.Output.Length - mark - sizeof(int));
        FrameSent(link);
        if (step.Accepted)
            return;

        Statistics.AuthenticationFailures++;
        CloseLink(link, CloseReason.AuthenticationFailed, TraceKind.AuthenticationFailed, "a SASL exchange failed");
    }
}
