using System.Net;
using Coordination.Compatibility.Tests.Lockstep.Scripts;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests.Lockstep;

/// <summary>The same bytes to Apache's server and to ours: the same answers, but for differences that are accepted and explained.</summary>
public sealed class LockstepTests
{
    private const string Document = "docs/compatibility.md";

    [Fact]
    public async Task Both_servers_give_the_same_answers_but_for_the_accepted_differences()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        ServerProcessOptions options = new()
        {
            SystemProperties = new Dictionary<string, string> { ["zookeeper.enforceQuota"] = "true" },
        };
        await using ApacheServer apache = await ApacheServer.StartAsync(options, cancellationToken);
        await using OwnServer own = await OwnServer.StartAsync(options, cancellationToken);

        IReadOnlyDictionary<string, LockstepAnswer> theirs = await AnswersAsync(IPEndPoint.Parse(apache.ConnectionString));
        IReadOnlyDictionary<string, LockstepAnswer> ours = await AnswersAsync(IPEndPoint.Parse(own.ConnectionString));

        Dictionary<string, AcceptedDifference> accepted = AcceptedDifference.All.ToDictionary(static difference => difference.Request);
        string[] problems =
        [
            .. from name in ours.Keys
               let difference = accepted.GetValueOrDefault(name)
               where difference is null ? theirs[name] != ours[name] : !difference.Holds(theirs[name], ours[name])
               select $"{name}{(difference is null ? "" : " (accepted, but not so)")}\n  Apache {theirs[name]}\n  ours   {ours[name]}",
        ];
        Assert.True(problems.Length == 0, string.Join('\n', problems));
        Assert.True(ours.Count > 120, $"Only {ours.Count} requests were compared.");
    }

    [Fact]
    public void Every_accepted_difference_is_explained_and_nothing_else_is()
    {
        IEnumerable<string> explained =
            from line in File.ReadLines(Path.Combine(Root(), Document))
                .SkipWhile(static line => !line.StartsWith("| request |", StringComparison.Ordinal)).Skip(2)
                .TakeWhile(static line => line.StartsWith('|'))
            select line.Split('|', StringSplitOptions.TrimEntries)[1];

        IEnumerable<string> accepted = AcceptedDifference.All.Select(static difference => difference.Request)
            .Union(ScriptDifference.All.Select(static difference => difference.Row), StringComparer.Ordinal);
        Assert.Equal(accepted.Order(StringComparer.Ordinal), explained.Order(StringComparer.Ordinal));
    }

    private static async Task<IReadOnlyDictionary<string, LockstepAnswer>> AnswersAsync(EndPoint server)
    {
        Dictionary<string, LockstepAnswer> answers = new(StringComparer.Ordinal);
        using RawClient client = await RawClient.ConnectAsync(server, 30_000);
        int xid = 0;
        foreach (LockstepRequest request in LockstepRequests.OfOneSession)
        {
            await client.SendBytesAsync(request.Frame(++xid));
            answers.Add(request.Name, LockstepAnswer.Of(request, await client.ReadFrameAsync(), client.Session.SessionId, livesOn: null));
        }

        foreach (LockstepRequest request in LockstepRequests.OfOwnSessions)
        {
            using RawClient own = await RawClient.ConnectAsync(server);
            await own.SendBytesAsync(request.Frame(1));
            byte[]? frame = await own.ReadFrameAsync();
            answers.Add(request.Name, LockstepAnswer.Of(request, frame, own.Session.SessionId, await LivesOnAsync(own)));
        }

        return answers;
    }

    private static async Task<bool> LivesOnAsync(RawClient client)
    {
        try
        {
            return (await client.CallAsync(OpCode.Ping, default(EmptyRecord))).Header.Error == ErrorCode.Ok;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private static string Root()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Recipes.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
