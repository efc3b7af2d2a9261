using System.Globalization;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

public sealed class EpochFilesTests
{
    private const string Directory = "/data/version-2";

    private static readonly double[] Survivals = [0, 1, 0.5, 0.9, 0.1];

    [Fact]
    public void Missing_files_are_made_with_the_epoch_of_the_log()
    {
        SimulatedDisk disk = new();
        var epochs = EpochFiles.Open(disk, Directory, Zxid.Create(3, 7));
        Assert.Equal((3, 3), (epochs.Accepted, epochs.Current));
        Assert.Equal("3", Text(disk, EpochFiles.AcceptedName));
        Assert.Equal("3", Text(disk, EpochFiles.CurrentName));
    }

    [Fact]
    public void What_was_saved_is_read_again_and_apaches_text_too()
    {
        SimulatedDisk disk = new();
        EpochFiles.Open(disk, Directory, Zxid.Zero).Save(5, 4);
        var epochs = EpochFiles.Open(disk.AfterCrash(new Random(1), 0), Directory, Zxid.Create(4, 1));
        Assert.Equal((5, 4), (epochs.Accepted, epochs.Current));

        Put(disk, EpochFiles.AcceptedName, "17\nwhatever");
        Assert.Equal(17, EpochFiles.Open(disk, Directory, Zxid.Create(4, 1)).Accepted);
    }

    [Fact]
    public void A_promise_below_the_history_is_refused_with_advice()
    {
        SimulatedDisk disk = Disk(accepted: 3, current: 4);
        string message = Assert.Throws<DataDirectoryException>(() => EpochFiles.Open(disk, Directory, Zxid.Create(4, 1))).Message;
        Assert.Contains("write 4 into it", message, StringComparison.Ordinal);
        Assert.Equal("3", Text(disk, EpochFiles.AcceptedName));

        // Lost alone, it is as old as the log, as Apache has it.
        disk.Delete(Path.Combine(Directory, EpochFiles.AcceptedName));
        Assert.Throws<DataDirectoryException>(() => EpochFiles.Open(disk, Directory, Zxid.Create(3, 1)));
        Assert.Equal(4, EpochFiles.Open(disk, Directory, Zxid.Create(4, 1)).Accepted);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("4")]
    [InlineData("torn")]
    public void A_log_beyond_the_current_epoch_is_refused_unless_it_was_announced(string? announced)
    {
        SimulatedDisk disk = Disk(accepted: 6, current: 4);
        if (announced is not null)
            Put(disk, EpochFiles.AnnouncedName, announced);
        Assert.Throws<DataDirectoryException>(() => EpochFiles.Open(disk, Directory, Zxid.Create(5, 1)));
        Assert.Equal((6, 4), Opened(disk, Zxid.Create(4, 9)));

        Put(disk, EpochFiles.AnnouncedName, "5");
        Assert.Equal((6, 5), Opened(disk, Zxid.Create(5, 1)));
        Assert.Equal("5", Text(disk, EpochFiles.CurrentName));
    }

    [Fact]
    public void Epochs_never_fall_and_none_is_announced_before_it_is_promised()
    {
        var epochs = EpochFiles.Open(Disk(accepted: 6, current: 4), Directory, Zxid.Zero);
        Assert.Throws<InvalidOperationException>(() => epochs.Save(5, 4));
        Assert.Throws<InvalidOperationException>(() => epochs.Save(6, 3));
        Assert.Throws<InvalidOperationException>(() => epochs.Save(6, 7));
        Assert.Throws<InvalidOperationException>(() => epochs.Announce(7));
    }

    [Fact]
    public void Every_crash_leaves_files_that_open_with_what_was_saved_or_what_was_being_saved()
    {
        SimulatedDisk whole = new();
        new Life(whole).Run();
        Assert.InRange(whole.Operations, 30, 200);
        for (int crashAt = 1; crashAt <= whole.Operations; crashAt++)
        {
            SimulatedDisk disk = new() { CrashAt = crashAt };
            Life life = new(disk);
            Assert.Throws<SimulatedCrashException>(life.Run);
            for (int round = 0; round < 100; round++)
            {
                SimulatedDisk after = disk.AfterCrash(new Random((crashAt * 1000) + round), Survivals[round % Survivals.Length]);
                (int accepted, int current) = Opened(after, life.LastEntry);
                Assert.True(
                    (accepted == life.Accepted || accepted == life.NextAccepted) && current >= life.Current && current <= accepted
                    && (current == life.Current || current == life.NextCurrent || current == life.LastEntry.Epoch),
                    $"crash at {crashAt}, round {round}: {accepted} and {current}");
                Assert.Equal((accepted, current), Opened(after.AfterCrash(new Random(round), 0), life.LastEntry));
            }
        }
    }

    /// <summary>The format has no checksum; but no flip may make a member believe what breaks the order of the epochs.</summary>
    [Fact]
    public void Every_flipped_bit_is_refused_or_keeps_the_order_of_the_epochs()
    {
        var last = Zxid.Create(12, 3);
        int refused = 0;
        foreach (string name in (string[])[EpochFiles.AcceptedName, EpochFiles.CurrentName])
        {
            byte[] text = Disk(13, 12).Get(Path.Combine(Directory, name));
            for (int bit = 0; bit < text.Length * 8; bit++)
            {
                SimulatedDisk disk = Disk(13, 12);
                byte[] flipped = [.. text];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                disk.Put(Path.Combine(Directory, name), flipped);
                try
                {
                    (int accepted, int current) = Opened(disk, last);
                    Assert.True(accepted >= current && current >= last.Epoch);
                }
                catch (DataDirectoryException)
                {
                    refused++;
                    Assert.Equal(flipped, disk.Get(Path.Combine(Directory, name)));
                }
            }
        }

        Assert.InRange(refused, 20, 31);
    }

    [Fact]
    public void Myid_is_the_number_in_the_first_line()
    {
        SimulatedDisk disk = new();
        Assert.Throws<DataDirectoryException>(() => MyIdFile.Read(disk, "/data", false));
        disk.Put("/data/myid", "255\r\nmine"u8.ToArray());
        Assert.Equal(255, MyIdFile.Read(disk, "/data", false));
        Assert.Throws<DataDirectoryException>(() => MyIdFile.Read(disk, "/data", true));
        disk.Put("/data/myid", "one"u8.ToArray());
        Assert.Contains("'one'", Assert.Throws<DataDirectoryException>(() => MyIdFile.Read(disk, "/data", false)).Message, StringComparison.Ordinal);
    }

    private static SimulatedDisk Disk(int accepted, int current)
    {
        SimulatedDisk disk = new();
        Put(disk, EpochFiles.AcceptedName, accepted.ToString(CultureInfo.InvariantCulture));
        Put(disk, EpochFiles.CurrentName, current.ToString(CultureInfo.InvariantCulture));
        return disk;
    }

    private static (int Accepted, int Current) Opened(SimulatedDisk disk, Zxid last)
    {
        var epochs = EpochFiles.Open(disk, Directory, last);
        return (epochs.Accepted, epochs.Current);
    }

    private static void Put(SimulatedDisk disk, string name, string text) => disk.Put(Path.Combine(Directory, name), Encoding.UTF8.GetBytes(text));

    private static string Text(SimulatedDisk disk, string name) => Encoding.UTF8.GetString(disk.Get(Path.Combine(Directory, name)));

    /// <summary>Follows leaders of several epochs; some of them are lost between entries and epoch.</summary>
    private sealed class Life(SimulatedDisk disk)
    {
        public int Accepted { get; private set; }

        public int NextAccepted { get; private set; }

        public int Current { get; private set; }

        public int NextCurrent { get; private set; }

        public Zxid LastEntry { get; private set; }

        public void Run()
        {
            var epochs = EpochFiles.Open(disk, Directory, LastEntry);
            Save(epochs, 1, 0);
            Log(epochs, 1);
            Save(epochs, 1, 1);
            Save(epochs, 2, 1);
            Log(epochs, 2);
            Save(epochs, 4, 1);
            Log(epochs, 4);
            Save(epochs, 5, 1);
            Save(epochs, 5, 5);
            Save(epochs, 6, 5);
            Save(epochs, 6, 6);
            Log(epochs, 6);
        }

        private void Save(EpochFiles epochs, int accepted, int current)
        {
            (NextAccepted, NextCurrent) = (accepted, current);
            epochs.Save(accepted, current);
            (Accepted, Current) = (accepted, current);
        }

        private void Log(EpochFiles epochs, int epoch)
        {
            epochs.Announce(epoch);
            LastEntry = Zxid.Create(epoch, 1);
        }
    }
}
