namespace Coordination.Client;

/// <summary>Credentials of this client and whoever waits for their acceptance. Used on the session's thread, but for the waiting.</summary>
/// <param name="credential">Scheme and data.</param>
internal sealed class CredentialEntry(CoordinationCredential credential)
{
    private readonly TaskCompletionSource _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Scheme and data.</summary>
    public CoordinationCredential Credential { get; } = credential;

    /// <summary>When it was sent last.</summary>
    public TimeSpan SentAt { get; set; }

    /// <summary>Completes when a server has accepted them.</summary>
    public Task Acceptance => _accepted.Task;

    /// <summary>A server accepted them.</summary>
    public void Accept() => _accepted.TrySetResult();

    /// <summary>The client is closed.</summary>
    /// <param name="refused">Because of credentials.</param>
    public void Fail(bool refused)
    {
        _accepted.TrySetException(refused
            ? new AuthenticationFailedException("The server refused the credentials of this client.")
            : new ObjectDisposedException(nameof(CoordinationClient)));
        // Nobody may be waiting: the exception is then no news.
        _ = _accepted.Task.Exception;
    }
}
