using System.Text.RegularExpressions;

namespace Coordination.Compatibility.Tests.Words;

/// <summary>Every four-letter word, asked of Apache's server and of ours after the same requests: the same lines.</summary>
public sealed partial class FourLetterWordsTests(WordServers servers) : IClassFixture<WordServers>
{
    private const string Document = "docs/compatibility.md";

    private readonly WordScene _theirs = servers.Theirs;
    private readonly WordScene _ours = servers.Ours;

    [Fact]
    public async Task The_words_of_one_line_are_the_same()
    {
        foreach (string word in (string[])["conf", "dirs", "gtmk", "isro", "ruok", "wchs"])
            Assert.Equal(await _theirs.AskPlainlyAsync(word), await _ours.AskPlainlyAsync(word));
        Assert.Equal(await _theirs.AskPlainlyAsync("stmk", 307), await _ours.AskPlainlyAsync("stmk", 307));
        Assert.Equal(await _theirs.AskPlainlyAsync("gtmk"), await _ours.AskPlainlyAsync("gtmk"));
    }

    /// <summary>Words are not counted here (docs/compatibility.md), so numbers of packets are compared without them by mntr's test.</summary>
    [Fact]
    public async Task The_figures_of_the_server_have_the_same_lines()
    {
        Assert.Equal(Uncounted(await _theirs.AskPlainlyAsync("srvr")), Uncounted(await _ours.AskPlainlyAsync("srvr")));
        Assert.Equal(Sorted(Uncounted(await _theirs.AskPlainlyAsync("stat"))), Sorted(Uncounted(await _ours.AskPlainlyAsync("stat"))));
    }

    [Fact]
    public async Task The_connections_have_the_same_lines_in_any_order()
    {
        string theirs = await _theirs.AskPlainlyAsync("cons");
        Assert.Contains("sid=SESSION0,lop=SETD,", theirs, StringComparison.Ordinal);
        Assert.Contains("sid=SESSION1,lop=PING,est=T,to=20000,lcxid=0x4,", theirs, StringComparison.Ordinal);
        Assert.Equal(Sorted(theirs), Sorted(await _ours.AskPlainlyAsync("cons")));
    }

    [Fact]
    public async Task The_dump_has_the_same_sessions_ephemerals_and_connections()
    {
        string[] theirs = (await _theirs.AskPlainlyAsync("dump")).Split('\n');
        string[] ours = (await _ours.AskPlainlyAsync("dump")).Split('\n');

        // Two sessions may fall into one tick or two; connections expire on another grid there.
        Assert.Equal(theirs.Where(IsNoBucket).Select(WithoutSets).Order(StringComparer.Ordinal), ours.Where(IsNoBucket).Select(WithoutSets).Order(StringComparer.Ordinal));
        Assert.Contains(ours, static line => SetsLine().IsMatch(line));
        Assert.Contains(ours, static line => BucketLine().IsMatch(line));
    }

    [Fact]
    public async Task Watches_are_listed_by_session_and_by_path_in_any_order()
    {
        Assert.Equal(Blocks(await _theirs.AskPlainlyAsync("wchc")), Blocks(await _ours.AskPlainlyAsync("wchc")));
        Assert.Equal(Blocks(await _theirs.AskPlainlyAsync("wchp")), Blocks(await _ours.AskPlainlyAsync("wchp")));
        Assert.Equal(["/a/b|SESSION1", "/a|SESSION1", "/missing|SESSION0"], Blocks(await _ours.AskPlainlyAsync("wchp")));
    }

    /// <summary>The digests themselves depend on session ids and times.</summary>
    [Fact]
    public async Task Digests_are_kept_of_the_same_transactions()
    {
        string theirs = DigestValue().Replace(await _theirs.AskAsync("hash"), ": D\n");
        Assert.Equal("80: D\n100: D\n", theirs);
        Assert.Equal(theirs, DigestValue().Replace(await _ours.AskAsync("hash"), ": D\n"));
    }

    [Fact]
    public async Task The_environment_has_the_same_keys_in_the_same_order()
    {
        string[] theirs = Keys(await _theirs.AskAsync("envi"));
        Assert.Equal(18, theirs.Count(static key => key.Contains('.', StringComparison.Ordinal)));
        Assert.Equal(theirs, Keys(await _ours.AskAsync("envi")));
    }

    [Fact]
    public async Task What_is_monitored_has_Apaches_names_and_the_same_numbers_where_those_do_not_depend_on_time()
    {
        Dictionary<string, string> theirs = Lines(await _theirs.AskAsync("mntr"));
        Dictionary<string, string> ours = Lines(await _ours.AskAsync("mntr"));
        string[] exact =
        [
            "znode_count", "watch_count", "ephemerals_count", "approximate_data_size", "global_sessions", "local_sessions",
            "num_alive_connections", "outstanding_requests", "auth_failed_count", "server_state", "max_file_descriptor_count",
            "last_client_response_size", "max_client_response_size", "min_client_response_size", "response_bytes", "watch_bytes",
            "connection_request_count", "connection_drop_count", "connection_rejected", "connection_revalidate_count",
            "sessionless_connections_expired", "stale_sessions_expired", "digest_mismatches_count",
            "cnt_readlatency", "cnt_updatelatency", "cnt_propagation_latency", "cnt_snapshottime", "cnt_dbinittime",
            "cnt_node_changed_watch_count", "sum_node_changed_watch_count", "max_node_changed_watch_count", "cnt_node_children_watch_count",
            "sum_sync_processor_batch_size", "cnt_startup_txns_loaded",
        ];
        Assert.Empty(exact.Where(key => theirs[$"zk_{key}"] != ours[$"zk_{key}"])
            .Select(key => $"{key}: Apache {theirs[$"zk_{key}"]}, ours {ours[$"zk_{key}"]}"));
        Assert.Empty(ours.Keys.Except(theirs.Keys));
    }

    /// <summary>The document tells of every line that Apache's server has and ours has not.</summary>
    [Fact]
    public async Task What_is_not_monitored_is_told()
    {
        IEnumerable<string> theirs = Lines(await _theirs.AskAsync("mntr")).Keys;
        Regex[] told =
        [
            .. from line in File.ReadLines(Path.Combine(Repository(), Document))
                   .SkipWhile(static line => !line.StartsWith("| lines of `mntr` left out |", StringComparison.Ordinal)).Skip(2)
                   .TakeWhile(static line => line.StartsWith('|'))
               from Match name in Code().Matches(line.Split('|')[1])
               let pattern = Regex.Escape(name.Groups["name"].Value).Replace(@"\*", ".*", StringComparison.Ordinal)
               select new Regex($"^zk_((avg|min|max|cnt|sum|p50|p95|p99|p999)_)?{pattern}$", RegexOptions.None, TimeSpan.FromSeconds(5)),
        ];
        string[] missing = [.. theirs.Except(Lines(await _ours.AskAsync("mntr")).Keys)];
        Assert.Equal([], missing.Where(key => !told.Any(pattern => pattern.IsMatch(key))));
        Assert.Equal([], told.Where(pattern => !missing.Any(pattern.IsMatch)).Select(static pattern => pattern.ToString()));
    }

    internal static string Uncounted(string text) => Counts().Replace(text, "${key}: N");

    internal static string[] Sorted(string text) => [.. text.Split('\n').Order(StringComparer.Ordinal)];

    private static bool IsNoBucket(string line) => !BucketLine().IsMatch(line);

    private static string WithoutSets(string line) => SetsLine().Replace(line, "Sets");

    private static string[] Keys(string text) => [.. text.TrimEnd('\n').Split('\n').Select(static line => line.Split('=')[0])];

    private static Dictionary<string, string> Lines(string text) => text.TrimEnd('\n').Split('\n')
        .Select(static line => line.Split('\t', 2)).ToDictionary(static pair => pair[0], static pair => pair[1]);

    /// <summary>A line that begins at the margin and the sorted ones below it.</summary>
    private static string[] Blocks(string text)
    {
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return
        [
            .. Block().Matches(text)
                .Select(static block => string.Join('|', block.Value.Trim().Split("\n\t").Take(1).Concat(block.Value.Trim().Split("\n\t").Skip(1).Order(StringComparer.Ordinal))))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string Repository()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Recipes.sln")))
            directory = directory.Parent;
        return directory!.FullName;
    }

    [GeneratedRegex(@"(?<key>Received|Sent): \d+", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Counts();

    [GeneratedRegex(@"Sets \(\d+\)/\(\d+\):$", RegexOptions.None, 5000)]
    private static partial Regex SetsLine();

    [GeneratedRegex(@"^\d+ expire at TIME:$", RegexOptions.None, 5000)]
    private static partial Regex BucketLine();

    [GeneratedRegex(@": -?\d+\n", RegexOptions.None, 5000)]
    private static partial Regex DigestValue();

    [GeneratedRegex(@"^\S[^\n]*\n(\t[^\n]*\n)*", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Block();

    [GeneratedRegex(@"`(?<name>[\w*]+)`", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Code();
}
