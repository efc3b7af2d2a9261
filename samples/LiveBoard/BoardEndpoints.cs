using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Coordination.Client;
using Coordination.Protocol;
using Microsoft.AspNetCore.Mvc;

namespace LiveBoard;

/// <summary>What the page calls: one stream to read, four buttons to press.</summary>
internal static class BoardEndpoints
{
    private static readonly CreateOptions WithParents = new() { CreateParents = true };

    public static void MapBoard(this WebApplication app)
    {
        app.MapGet("/api/board", (BoardFeed feed, IHostApplicationLifetime lifetime, CancellationToken aborted) =>
            TypedResults.ServerSentEvents(FollowAsync(feed.States, lifetime.ApplicationStopping, aborted)));
        app.MapPost("/api/resign", (BoardLeader leader) => leader.Resign());
        app.MapPost("/api/lock", (BoardLock boardLock) => boardLock.Take());
        app.MapDelete("/api/lock", (BoardLock boardLock) => boardLock.ReleaseAsync());
        app.MapPut("/api/motto", ([FromBody] string motto, ICoordinationClient client, CancellationToken aborted) =>
            PutAsync(client, BoardSettings.MottoPath, motto, aborted));
    }

    private static async Task PutAsync(ICoordinationClient client, ZnodePath path, string text, CancellationToken cancellationToken)
    {
        byte[] data = Encoding.UTF8.GetBytes(text);
        try
        {
            await client.SetAsync(path, data, cancellationToken: cancellationToken);
        }
        catch (ZnodeNotFoundException)
        {
            await client.CreateAsync(path, data, WithParents, cancellationToken);
        }
    }

    /// <summary>One browser's view: always the newest state, never a queue of old ones, until the page or the application goes away.</summary>
    private static async IAsyncEnumerable<BoardState> FollowAsync(
        IObservable<BoardState> states, CancellationToken stopping, [EnumeratorCancellation] CancellationToken aborted)
    {
        var newest = Channel.CreateBounded<BoardState>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        using IDisposable subscription = states.Subscribe(state => newest.Writer.TryWrite(state));
        using CancellationTokenRegistration stop = stopping.Register(() => newest.Writer.TryComplete());
        await foreach (BoardState state in newest.Reader.ReadAllAsync(aborted))
            yield return state;
    }
}
