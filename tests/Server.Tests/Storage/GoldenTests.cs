using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Storage;

/// <summary>
/// Directories recorded from Apache, whole and damaged. Whatever happens to a file, the outcome is the recorded state, an exact prefix
/// where only an unacknowledged end can be missing, or a refusal that names the file; nothing else.
/// </summary>
public sealed class GoldenTests
{
    private const string Log = "log.1";

    [Theory]
    [InlineData("plain", 0, 0xf)]
    [InlineData("restarted", 0x25, 0x3b)]
    public void A_directory_of_Apaches_is_read(string name, long snapshot, long last)
    {
        Outcome outcome = Outcome.Of(Golden.Load(name));
        Assert.Null(outcome.Refusal);
        Assert.Empty(outcome.Notes);
        Assert.Equal((snapshot, last), (outcome.Snapshot.Value, outcome.Last));
        Assert.Equal(last - snapshot, outcome.Entries.Count);
    }

    [Fact]
    public void Any_prefix_of_the_last_log_yields_the_records_that_are_whole()
    {
        SimulatedDisk golden = Golden.Load("plain");
        byte[] log = golden.Get(Golden.File(Log));
        List<int> records = Golden.Records(log);
        Outcome whole = Outcome.Of(golden.Copy());
        int step = ProofScale.Of(5, 1, 1);
        for (int length = 0; length < log.Length; length += length < 200 ? 1 : length < records[^1] + 40 ? step : 4999)
        {
            SimulatedDisk disk = golden.Copy();
            disk.Put(Golden.File(Log), log[..length]);
            int missing = records.Skip(1).Count(end => end > length);
            Assert.True(Outcome.Of(disk).IsWithoutLast(missing, whole), $"cut at {length}");
            Assert.True(Outcome.Of(disk) is { Refusal: null, Notes: [] }, $"cut at {length}: repaired once, nothing is left to repair");
        }
    }

    [Fact]
    public void A_changed_byte_in_a_log_costs_at_most_its_last_record_or_is_refused()
    {
        SimulatedDisk golden = Golden.Load("plain");
        byte[] log = golden.Get(Golden.File(Log));
        List<int> records = Golden.Records(log);
        Outcome whole = Outcome.Of(golden.Copy());
        int[] outcomes = new int[3];
        int step = ProofScale.Of(3, 1, 1);
        for (int offset = 0; offset < records[^1] + 600; offset += offset < FileHeader.Length ? 1 : step)
        {
            foreach (byte mask in (byte[])[0xFF, 0x01, 0x80, log[offset]])
            {
                if (mask == 0)
                    continue;
                SimulatedDisk disk = golden.Copy();
                byte[] changed = log.ToArray();
                changed[offset] ^= mask;
                disk.Put(Golden.File(Log), changed);
                outcomes[Classify(Outcome.Of(disk), whole, offset >= records[^2], $"byte {offset} xor {mask:x2}")]++;
            }
        }

        Assert.True(outcomes is [> 0, _, > 1000], $"same {outcomes[0]}, shorter {outcomes[1]}, refused {outcomes[2]}");
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x43)]
    public void A_wrong_end_marker_costs_the_last_record_and_is_refused_before_others(byte marker)
    {
        SimulatedDisk golden = Golden.Load("plain");
        byte[] log = golden.Get(Golden.File(Log));
        List<int> records = Golden.Records(log);
        Outcome whole = Outcome.Of(golden.Copy());
        for (int record = 1; record < records.Count; record++)
        {
            SimulatedDisk disk = golden.Copy();
            byte[] changed = log.ToArray();
            changed[records[record] - 1] = marker;
            disk.Put(Golden.File(Log), changed);
            Outcome outcome = Outcome.Of(disk);
            if (record == records.Count - 1)
                Assert.True(outcome.IsWithoutLast(1, whole));
            else
                Assert.Equal(records[record - 1], Assert.IsType<CorruptLogException>(outcome.Refusal).Offset);
        }
    }

    [Fact]
    public void A_changed_byte_in_the_newest_snapshot_falls_back_to_the_one_before()
    {
        SimulatedDisk golden = Golden.Load("restarted");
        Outcome older = Older(golden);
        byte[] snapshot = golden.Get(Golden.File("snapshot.25"));
        for (int offset = 0; offset < snapshot.Length; offset += ProofScale.Of(97, 11, 1))
        {
            // Version and database id of the header are covered by the checksum too.
            SimulatedDisk disk = golden.Copy();
            byte[] changed = snapshot.ToArray();
            changed[offset] ^= 0x10;
            disk.Put(Golden.File("snapshot.25"), changed);
            Outcome outcome = Outcome.Of(disk);
            Assert.True(outcome.IsWithoutLast(0, older), $"byte {offset}: {outcome.Refusal?.Message}");
            Assert.Contains("snapshot.25", Assert.Single(outcome.Notes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_cut_snapshot_falls_back_to_the_one_before()
    {
        SimulatedDisk golden = Golden.Load("restarted");
        Outcome older = Older(golden);
        byte[] snapshot = golden.Get(Golden.File("snapshot.25"));
        int digestAndSeal = 33;
        for (int length = 0; length < snapshot.Length; length += length < snapshot.Length - 100 ? ProofScale.Of(211, 13, 1) : 1)
        {
            SimulatedDisk disk = golden.Copy();
            disk.Put(Golden.File("snapshot.25"), snapshot[..length]);
            Outcome outcome = Outcome.Of(disk);

            // Cut behind its first seal it is a whole snapshot without a digest, to Apache too.
            bool isWhole = length == snapshot.Length - digestAndSeal;
            Assert.True(isWhole ? outcome.Snapshot.Value == 0x25 : outcome.IsWithoutLast(0, older), $"cut at {length}");
        }
    }

    [Fact]
    public void An_older_snapshot_is_not_used_when_the_log_does_not_reach_the_damaged_one()
    {
        SimulatedDisk disk = Golden.Load("restarted");
        disk.Put(Golden.File("snapshot.25"), []);
        disk.Delete(Golden.File("log.26"));
        disk.Delete(Golden.File("log.10"));
        Outcome outcome = Outcome.Of(disk);
        Assert.IsType<DataDirectoryException>(outcome.Refusal);
        Assert.Contains("snapshot.25", outcome.Refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0x25", outcome.Refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_log_in_the_middle_is_a_gap_and_refused()
    {
        SimulatedDisk disk = Golden.Load("restarted");
        disk.Delete(Golden.File("snapshot.25"));
        disk.Delete(Golden.File("log.10"));
        CorruptLogException error = Assert.IsType<CorruptLogException>(Outcome.Of(disk).Refusal);
        Assert.Equal((Golden.File("log.26"), 16L), (error.Path, error.Offset));
        Assert.Contains("0x26 follows 0xf", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_without_any_snapshot_is_refused()
    {
        SimulatedDisk disk = Golden.Load("plain");
        disk.Delete(Golden.File("snapshot.0"));
        Assert.Contains("no snapshot", Assert.IsType<DataDirectoryException>(Outcome.Of(disk).Refusal).Message, StringComparison.Ordinal);
    }

    private static Outcome Older(SimulatedDisk golden)
    {
        SimulatedDisk disk = golden.Copy();
        disk.Delete(Golden.File("snapshot.25"));
        Outcome older = Outcome.Of(disk);
        Assert.Equal((0xfL, 0x3bL), (older.Snapshot.Value, older.Last));
        return older;
    }

    private static int Classify(Outcome outcome, Outcome whole, bool isLastRecord, string what)
    {
        if (outcome.Refusal is not null)
        {
            Assert.True(outcome.Refusal is CorruptLogException { Path: var path, Offset: >= 0 } && path == Golden.File(Log), $"{what}: {outcome.Refusal}");
            return 2;
        }

        if (outcome.IsWithoutLast(0, whole))
            return 0;
        Assert.True(isLastRecord && outcome.IsWithoutLast(1, whole), $"{what}: {outcome.Last} of {whole.Last}");
        return 1;
    }
}
