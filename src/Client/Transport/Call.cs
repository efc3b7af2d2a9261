using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>The answer to a call.</summary>
/// <typeparam name="T">The body's type.</typeparam>
/// <param name="Error">The code; the body is only there for <see cref="ErrorCode.Ok"/>.</param>
/// <param name="Body">The body.</param>
/// <param name="TimesSent">How often the request was sent; above one, an earlier attempt may have happened.</param>
internal readonly record struct Reply<T>(ErrorCode Error, T Body, int TimesSent);

/// <summary>A request somebody awaits.</summary>
/// <typeparam name="TRequest">The request's body.</typeparam>
/// <typeparam name="TResponse">The reply's body.</typeparam>
/// <param name="type">The operation.</param>
/// <param name="breakRule">What becomes of it when the connection breaks.</param>
/// <param name="body">The request's body, paths on the server.</param>
/// <param name="path">The path the application named, for exceptions.</param>
internal class Call<TRequest, TResponse>(OpCode type, BreakRule breakRule, TRequest body, ZnodePath? path) : PendingRequest(type, breakRule)
    where TRequest : IJuteRecord<TRequest>
    where TResponse : IJuteRecord<TResponse>
{
    private readonly TaskCompletionSource<Reply<TResponse>> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _cancellation;

    /// <summary>Completes with the answer. A refusal by the server is an answer, not an exception.</summary>
    public Task<Reply<TResponse>> Task => _source.Task;

    /// <inheritdoc/>
    public override bool IsAbandoned => _source.Task.IsCompleted;

    /// <summary>The request's body.</summary>
    protected TRequest Body { get; set; } = body;

    /// <summary>Lets a token end the wait: before sending that removes the request, afterwards it abandons the reply.</summary>
    /// <param name="cancellationToken">The token.</param>
    public void CancelWith(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((Call<TRequest, TResponse>)state!)._source.TrySetCanceled(token),
                this);
        }
    }

    /// <inheritdoc/>
    public override void WriteBody(ref JuteWriter writer) => Body.Write(ref writer);

    /// <inheritdoc/>
    public override void Complete(in ReplyHeader header, ref JuteReader reader, WatchRegistry watches)
    {
        TResponse response = header.Error == ErrorCode.Ok ? TResponse.Read(ref reader) : default!;
        OnAnswer(header.Error, watches);
        _source.TrySetResult(new(header.Error, response, TimesSent));
        _cancellation.Dispose();
    }

    /// <inheritdoc/>
    public override void Fail(RequestFailure failure, string detail)
    {
        _source.TrySetException(failure switch
        {
            RequestFailure.OutcomeUnknown => new OutcomeUnknownException(
                $"{Type}{Where} was sent and the connection broke before the answer; whether it happened is unknown. {detail}", path),
            RequestFailure.Closed => new ObjectDisposedException(nameof(CoordinationClient)),
            RequestFailure.AuthenticationFailed => new AuthenticationFailedException(detail),
            _ => new ConnectionUnavailableException($"{Type}{Where} found no connection. {detail}", path),
        });
        _cancellation.Dispose();
    }

    /// <summary>Called on the session's thread when the answer is there, before anybody hears of it.</summary>
    /// <param name="error">The code.</param>
    /// <param name="watches">The watches of the connection.</param>
    protected virtual void OnAnswer(ErrorCode error, WatchRegistry watches)
    {
    }

    private string Where => path is { } named ? $" of {named}" : "";
}
