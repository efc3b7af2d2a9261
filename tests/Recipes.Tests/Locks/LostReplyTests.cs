using Coordination.Client;
using Coordination.Server;
using Coordination.Testing;

namespace Coordination.Recipes.Tests;

/// <summary>The connection breaks at the n-th answer of an acquisition: the request happened, its reply is lost.</summary>
public sealed class LostReplyTests
{
    private const string Path = "/locks/lost-reply";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_lost_reply_leaves_one_contender_that_holds(int answer)
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(server.ConnectionString);
        await using var observer = CoordinationClient.Create(server.ConnectionString);
        await using var client = CoordinationClient.Create(proxy.ConnectionString);
        await client.ConnectAsync();
        _ = proxy.OnFrame(FrameDirection.ToClient, answer, FrameVerdict.Cut);

        await using IDistributedLockHandle handle = await client.CreateLock(Path).AcquireAsync(RecipeWorld.Limit);

        await RecipeWorld.UntilAsync(async () => await handle.ConfirmAsync(), "the hold is confirmed");
        Assert.Equal([handle.HolderPath!.Value.Name], await RecipeWorld.ChildrenAsync(observer, Path));
    }
}
