using System.Globalization;

namespace Coordination.Protocol.Tests.Quorum;

/// <summary>Something that passed between two members of an Apache ensemble; Golden/Quorum/README.md says how it was recorded.</summary>
/// <param name="Opener">The member that opened the connection.</param>
/// <param name="Acceptor">The other one.</param>
/// <param name="Connection">The connection's number in the recording.</param>
/// <param name="ToAcceptor">The direction.</param>
/// <param name="What">A type of packet, <c>SnapshotStream</c>, <c>Greeting</c>, or the state in a notification.</param>
/// <param name="Number">The zxid, or the version of a greeting.</param>
/// <param name="Bytes">All of it.</param>
internal sealed record RecordedItem(int Opener, int Acceptor, int Connection, bool ToAcceptor, string What, long Number, byte[] Bytes)
{
    public override string ToString() => $"{Opener} {(ToAcceptor ? '>' : '<')} {Acceptor} {What} {Number:x}";
}

/// <summary>The recordings.</summary>
internal static class Recording
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden", "Quorum");

    public static TheoryData<string> Learners => Names("learners");

    public static TheoryData<string> Elections => Names("elections");

    public static IReadOnlyList<RecordedItem> Read(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, name + ".bin"));
        var items = new List<RecordedItem>();
        int end = 0;
        foreach (string line in File.ReadLines(Path.Combine(Folder, name + ".txt")).Where(line => !line.StartsWith('#')))
        {
            string[] fields = line.Split(' ');
            int offset = Number(fields[6]);
            Assert.Equal(end, offset);
            end = offset + Number(fields[7]);
            items.Add(new(Number(fields[0]), Number(fields[1]), Number(fields[2]), fields[3] == ">", fields[4],
                long.Parse(fields[5], CultureInfo.InvariantCulture), bytes[offset..end]));
        }

        Assert.Equal(bytes.Length, end);
        Assert.NotEmpty(items);
        return items;
    }

    public static string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

    /// <summary>What went one way over one connection, in one piece.</summary>
    public static IEnumerable<IReadOnlyList<RecordedItem>> Streams(string name) =>
        Read(name).GroupBy(item => (item.Connection, item.ToAcceptor)).Select(group => group.ToArray());

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static TheoryData<string> Names(string kind) =>
    [
        .. Directory.EnumerateFiles(Folder, $"*-{kind}.bin").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal),
    ];
}
