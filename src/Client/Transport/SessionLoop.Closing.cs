namespace Coordination.Client;

/// <content>The end: in order on the user's wish, at once when credentials are refused.</content>
internal sealed partial class SessionLoop
{
    /// <summary>Ends the session in order, then the thread. Returns at once.</summary>
    public void BeginClose()
    {
        bool never;
        lock (_gate)
        {
            never = !_started && !_closed;
            if (never)
                _closed = true;
        }

        if (never)
            Finish();
        else
            Post(() =>
            {
                _closing = true;
                _closeBy = _clock.Now + TimeSpan.FromTicks(Math.Min(_session.Timeout.Ticks / 3, TimeSpan.TicksPerSecond * 2));
            });
    }

    private bool ClosingIsOver(TimeSpan now) =>
        _closing && (_connection is not { Stage: ConnectionStage.Established or ConnectionStage.ClosingSession } || now >= _closeBy);

    private void Finish()
    {
        lock (_gate)
            _closed = true;
        TakeInbox();
        RequestFailure reason = _authenticationFailed ? RequestFailure.AuthenticationFailed : RequestFailure.Closed;
        const string Detail = "The server refused the credentials of this client.";
        _connection?.Dispose();
        _connection = null;
        foreach (PendingRequest request in _pending.Break().Concat(_outgoing))
            request.Fail(reason, Detail);
        _outgoing.Clear();
        foreach (CredentialEntry credential in _credentials)
            credential.Fail(_authenticationFailed);

        _session.Close();
        _publisher.Closed(_authenticationFailed);
        _stopConnecting.Cancel();
        _wake.Dispose();

        // The number of an ended thread is given to another one.
        _threadId = 0;
        _ended.TrySetResult();
    }

    private void FailClosed(PendingRequest request) => request.Fail(
        _authenticationFailed ? RequestFailure.AuthenticationFailed : RequestFailure.Closed,
        "The server refused the credentials of this client.");
}
