using Coordination.Client;
using Coordination.Testing;

namespace Coordination.Recipes.Tests;

/// <summary>Where a contract suite runs: any number of clients of one tree whose sessions can be ended.</summary>
public abstract class RecipeWorld : IAsyncDisposable
{
    /// <summary>Bounds every wait of a test; reached only by a defect.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Makes a connected client with a session of its own; the world disposes it.</summary>
    /// <returns>The client.</returns>
    public abstract Task<ICoordinationClient> ConnectAsync();

    /// <summary>Ends the present session of a client, so that its ephemeral znodes go.</summary>
    /// <param name="client">The client.</param>
    /// <returns>Completes when the server has ended it; the client may not know yet.</returns>
    public abstract Task EndSessionAsync(ICoordinationClient client);

    public abstract ValueTask DisposeAsync();

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition; asked again and again.</param>
    /// <param name="what">Says what was waited for if it never came.</param>
    /// <returns>A task.</returns>
    public static Task UntilAsync(Func<Task<bool>> condition, string what) =>
        Eventually.HoldsAsync(condition, Limit, () => $"it never came to this: {what}.");

    /// <summary>Waits until a token is cancelled.</summary>
    /// <param name="token">The token.</param>
    /// <returns>A task.</returns>
    public static async Task UntilCancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(Limit, CancellationToken.None);
    }

    /// <summary>The children of a path; empty if it is absent.</summary>
    /// <param name="client">A client.</param>
    /// <param name="path">The path.</param>
    /// <returns>Their names.</returns>
    public static async Task<IReadOnlyList<string>> ChildrenAsync(ICoordinationClient client, string path)
    {
        ArgumentNullException.ThrowIfNull(client);
        try
        {
            return (await client.GetChildrenAsync(path)).Names;
        }
        catch (ZnodeNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Waits until a path has a number of children.</summary>
    /// <param name="client">A client.</param>
    /// <param name="path">The path.</param>
    /// <param name="count">The number.</param>
    /// <returns>A task.</returns>
    public static Task UntilChildrenAsync(ICoordinationClient client, string path, int count) =>
        UntilAsync(async () => (await ChildrenAsync(client, path)).Count == count, $"{path} has {count} children");
}

/// <summary>The world in memory.</summary>
internal sealed class FakeWorld : RecipeWorld
{
    private readonly List<FakeClient> _clients = [];

    public FakeTree Tree { get; } = new();

    public FakeClient NewClient()
    {
        var client = new FakeClient(Tree);
        _clients.Add(client);
        return client;
    }

    public override Task<ICoordinationClient> ConnectAsync() => Task.FromResult<ICoordinationClient>(NewClient());

    public override Task EndSessionAsync(ICoordinationClient client)
    {
        ((FakeClient)client).ExpireSession();
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        foreach (FakeClient client in _clients)
            client.Dispose();
        return ValueTask.CompletedTask;
    }
}
