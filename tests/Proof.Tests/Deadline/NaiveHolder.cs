using System.Net;
using Coordination.Client;
using Coordination.Proof.Worker;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Proof.Tests.Deadline;

/// <summary>
/// The planted defect: a holder that believes in its session for one timeout after the last answer it received, as clients commonly do.
/// It stands in the queue of a lock under a contender's name, so that our lock waits behind it.
/// </summary>
internal sealed class NaiveHolder : IFenced, IAsyncDisposable
{
    private readonly RawClient _client;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _answers = new(0);
    private long _lastAnswer = BootClock.Now.Ticks;
    private Task _life = Task.CompletedTask;

    private NaiveHolder(RawClient client)
    {
        _client = client;
        _timeout = TimeSpan.FromMilliseconds(client.Session.TimeoutMilliseconds);
    }

    public ZnodePath? HolderPath { get; private set; }

    public CancellationToken HandleLostToken => _lost.Token;

    public long FencingToken { get; private set; }

    public TimeSpan SafeFor => new TimeSpan(Interlocked.Read(ref _lastAnswer)) + _timeout - BootClock.Now;

    public static async Task<NaiveHolder> AcquireAsync(string server, ZnodePath path, TimeSpan sessionTimeout)
    {
        RawClient client = await RawClient.ConnectAsync(IPEndPoint.Parse(server), (int)sessionTimeout.TotalMilliseconds);
        var holder = new NaiveHolder(client);
        string name = $"{path}/_c_{Guid.NewGuid()}-lock-";
        RawReply reply = await client.CallAsync(
            OpCode.Create2, new CreateRequest(name, [], Acl.Open, CreateMode.EphemeralSequential));
        Create2Response created = reply.As<Create2Response>();
        (holder.HolderPath, holder.FencingToken) = (created.Path, created.Stat.Czxid);
        holder._life = Task.WhenAll(holder.PingAsync(), holder.ListenAsync(), holder.WatchTheClockAsync());
        return holder;
    }

    /// <summary>Waits for the next answer to a ping.</summary>
    public async Task AnswerAsync(CancellationToken cancellationToken)
    {
        while (await _answers.WaitAsync(0, cancellationToken))
        {
            // Answers of the past.
        }

        await _answers.WaitAsync(cancellationToken);
    }

    public ValueTask<bool> ConfirmAsync(CancellationToken cancellationToken = default) => new(SafeFor > TimeSpan.Zero);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _client.Dispose();
        await _life;
        _lost.Dispose();
        _stopping.Dispose();
        _answers.Dispose();
    }

    private async Task PingAsync()
    {
        try
        {
            while (true)
            {
                await _client.SendAsync(OpCode.Ping, default(EmptyRecord));
                await Task.Delay(_timeout / 3, _stopping.Token);
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // Over.
        }
    }

    private async Task ListenAsync()
    {
        try
        {
            while (await _client.ReadReplyAsync() is not null)
            {
                Interlocked.Exchange(ref _lastAnswer, BootClock.Now.Ticks);
                _answers.Release();
            }
        }
        catch (Exception exception) when (IsEnd(exception))
        {
            // Over.
        }
    }

    private async Task WatchTheClockAsync()
    {
        try
        {
            while (SafeFor is var left && left > TimeSpan.Zero)
                await Task.Delay(left, _stopping.Token);
            await _lost.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
    }

    private static bool IsEnd(Exception exception) =>
        exception is OperationCanceledException or System.Net.Sockets.SocketException or ObjectDisposedException or IOException;
}
