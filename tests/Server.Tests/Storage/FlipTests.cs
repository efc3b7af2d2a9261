using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Storage;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Storage;

/// <summary>
/// Every byte of a directory changed in three ways, every file cut at every length, every sector emptied or exchanged with another, every
/// file missing, empty, or under another's name: the recorded state, an exact prefix where only an unacknowledged end may be missing, or a
/// refusal that names a file. Never another state, never another exception.
/// </summary>
public sealed class FlipTests : IDisposable
{
    private const int Sector = 512;

    /// <summary>A start may take a few large buffers, but no length that was made up.</summary>
    private const long MaxMemory = 16 << 20;

    private readonly TempDirectory _directory = new();
    private readonly int[] _outcomes = new int[3];

    private enum Outcome
    {
        Whole,
        Prefix,
        Refused,
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("empty")]
    [InlineData("plain")]
    [InlineData("restarted")]
    [InlineData("special")]
    public void A_directory_of_Apaches_is_never_misread(string name) => Damage(new GoldenStates(name, Golden.Source(name)));

    [Theory]
    [InlineData("empty", 0, 100_000, true)]
    [InlineData("one", 1, 100_000, false)]
    [InlineData("closed", 12, 100_000, true)]
    [InlineData("rolled", 90, 30, false)]
    public async Task A_directory_of_ours_is_never_misread(string name, int writes, int snapshotEvery, bool inOrder)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.SnapshotEvery = snapshotEvery;
        options.PurgeOldFiles = false;
        TestServer server = await TestServer.StartAsync(options);
        using (RawClient? client = writes > 0 ? await server.ConnectAsync() : null)
        {
            for (int i = 1; i < writes; i++)
                await WriteAsync(client!, i);
            if (inOrder)
                await server.Host.StopAsync(TestContext.Current.CancellationToken);
            else
                await server.Host.KillAsync();
        }

        File.Delete(_directory.Combine(DataDirectoryLock.FileName));
        Damage(new GoldenStates(name, _directory.Path));
    }

    private static async Task WriteAsync(RawClient client, int number)
    {
        _ = (number % 6) switch
        {
            0 => await client.CallAsync(OpCode.SetData, new SetDataRequest($"/n{number - 5}", new byte[number * 9], -1)),
            2 => await client.CallAsync(OpCode.SetAcl, new SetAclRequest($"/n{number - 1}", [new(Permissions.Read, "world", "anyone")], -1)),
            3 => await client.CreateAsync($"/n{number}", [7], CreateMode.Ephemeral),
            4 => await client.CallAsync(OpCode.Delete, new DeleteRequest($"/n{number - 1}", -1)),
            5 => await client.CallAsync(OpCode.CreateContainer, new CreateRequest($"/n{number}", [1, 2], Acl.Open, CreateMode.Container)),
            _ => await client.CreateAsync($"/n{number}", new byte[number * 5]),
        };
    }

    private void Damage(GoldenStates golden)
    {
        long start = Stopwatch.GetTimestamp();
        int cases = 0;
        foreach ((string path, byte[] content) in golden.Files)
        {
            bool isLast = golden.Files.Keys.Where(static file => file.Contains("/log.", StringComparison.Ordinal)).MaxBy(Number) == path;
            int end = path.Contains("/log.", StringComparison.Ordinal) ? Golden.Records(content)[^1] : content.Length;
            int lastRecord = isLast ? Golden.Records(content) is [.., var record, _] ? record : 0 : int.MaxValue;
            cases += Flip(golden, path, content, end, lastRecord);
            cases += Cut(golden, path, content, end, isLast);
            cases += Sectors(golden, path, content, end);
        }

        cases += WholeFiles(golden);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        TestContext.Current.SendDiagnosticMessage($"{golden.Name}: {cases} cases, {cases / seconds:0}/s; whole, prefix, refused: {string.Join(", ", _outcomes)}");
        Assert.True(cases > 50);
    }

    /// <summary>What carries data is changed byte by byte; of the padding behind it a sample.</summary>
    private int Flip(GoldenStates golden, string path, byte[] content, int end, int lastRecord)
    {
        int step = ProofScale.Of(Math.Max(1, end / 250), Math.Max(1, end / 6000), 1);
        int cases = 0;
        for (int offset = 0; offset < content.Length; offset += offset < end + 40 ? step : ProofScale.Of(9973, 997, 61))
        {
            foreach (int value in (int[])[content[offset] ^ (1 << (offset % 8)), 0x00, 0xFF])
            {
                if (value == content[offset])
                    continue;
                byte[] changed = content.ToArray();
                changed[offset] = (byte)value;
                Outcome outcome = Open(golden, path, changed, $"byte {offset} of {path} is {value:x2}");
                Assert.True(outcome != Outcome.Prefix || offset >= lastRecord, $"byte {offset} of {path} as {value:x2} hid acknowledged transactions");
                cases++;
            }
        }

        return cases;
    }

    private int Cut(GoldenStates golden, string path, byte[] content, int end, bool isLast)
    {
        int step = ProofScale.Of(Math.Max(1, end / 120), Math.Max(1, end / 3000), 1);
        int cases = 0;
        for (int length = 0; length < content.Length; length += length < end + 40 ? step : ProofScale.Of(9973, 997, 61))
        {
            Outcome outcome = Open(golden, path, content[..length], $"{path} cut at {length}");
            Assert.True(outcome != Outcome.Prefix || isLast, $"{path} cut at {length} hid acknowledged transactions");
            cases++;
        }

        return cases;
    }

    /// <summary>A sector that reads as zeros is the trace of a torn write; that a prefix is left is what must be, whichever it is.</summary>
    private int Sectors(GoldenStates golden, string path, byte[] content, int end)
    {
        int cases = 0;
        int sectors = Math.Min((end + Sector - 1) / Sector, ProofScale.Of(6, 40, int.MaxValue));
        for (int sector = 0; sector < sectors; sector++)
        {
            byte[] zeroed = content.ToArray();
            zeroed.AsSpan(sector * Sector, Math.Min(Sector, content.Length - (sector * Sector))).Clear();
            Open(golden, path, zeroed, $"sector {sector} of {path} is empty");
            cases++;
            for (int other = sector + 1; other < sectors && (other + 1) * Sector <= content.Length; other++)
            {
                byte[] swapped = content.ToArray();
                content.AsSpan(sector * Sector, Sector).CopyTo(swapped.AsSpan(other * Sector));
                content.AsSpan(other * Sector, Sector).CopyTo(swapped.AsSpan(sector * Sector));
                Open(golden, path, swapped, $"sectors {sector} and {other} of {path} are exchanged");
                cases++;
            }
        }

        return cases;
    }

    private int WholeFiles(GoldenStates golden)
    {
        int cases = 0;
        foreach (string path in golden.Files.Keys)
        {
            Open(golden, path, null, $"{path} is missing");
            Open(golden, path, [], $"{path} is empty");
            cases += 2;
            foreach (string other in golden.Files.Keys.Append(Next(path)))
            {
                // A snapshot without a digest says nothing about its transaction; its name is all there is, and trusted.
                if (other == path || !NamesItself(golden.Files[path]) || Path.GetFileName(other).Split('.')[0] != Path.GetFileName(path).Split('.')[0])
                    continue;
                Open(golden, other, golden.Files[path], $"{path} stands under the name of {other} too");
                cases++;
            }
        }

        return cases;
    }

    private Outcome Open(GoldenStates golden, string path, byte[]? content, string what)
    {
        Dictionary<string, byte[]> files = new(golden.Files, StringComparer.Ordinal);
        if (content is null)
            files.Remove(path);
        else
            files[path] = content;
        MutantDisk disk = new(files);
        long memory = GC.GetAllocatedBytesForCurrentThread();
        Outcome outcome;
        try
        {
            outcome = golden.Open(disk).Last == golden.Last ? Outcome.Whole : Outcome.Prefix;
        }
        catch (StorageException refusal)
        {
            outcome = Outcome.Refused;
            Assert.True(refusal.Message.Contains("/golden/version-2", StringComparison.Ordinal), $"{what}: {refusal.Message}");
            Assert.True(refusal is not CorruptLogException { Offset: < 0 }, what);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{golden.Name}: {what}: {error.Message}", error);
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - memory < MaxMemory, $"{what}: it took {GC.GetAllocatedBytesForCurrentThread() - memory} bytes");
        _outcomes[(int)outcome]++;
        return outcome;
    }

    private static bool NamesItself(byte[] content) =>
        FileHeader.ReadMagic(content) == FileHeader.LogMagic || content.AsSpan(content.Length - 33, sizeof(long)).ContainsAnyExcept((byte)0);

    private static long Number(string path) => Convert.ToInt64(Path.GetExtension(path)[1..], 16);

    /// <summary>A name that nobody has, one transaction on.</summary>
    private static string Next(string path) => $"{Path.Combine(Path.GetDirectoryName(path)!, Path.GetFileNameWithoutExtension(path))}.{Number(path) + 1:x}";
}
