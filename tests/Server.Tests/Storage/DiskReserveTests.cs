using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

public sealed class DiskReserveTests
{
    private const long Mebi = 1 << 20;
    private const long Gibi = 1 << 30;

    private readonly SimulatedDisk _disk = new();

    [Theory]
    [InlineData(10 * Gibi, Gibi / 2)]
    [InlineData(100 * Gibi, Gibi)]
    [InlineData(20 * Mebi, Mebi)]
    public void The_mark_is_a_twentieth_of_the_file_system_and_a_gibibyte_at_most(long total, long mark)
    {
        _disk.Room = new DiskSpace(total, total);
        DiskReserve reserve = Reserve(bytes: null);
        Assert.False(reserve.Check());
        Assert.Equal((mark, total - mark), (reserve.Mark, reserve.Room));
    }

    [Fact]
    public void Writes_stop_below_the_mark_and_come_back_a_quarter_above_it()
    {
        DiskReserve reserve = Reserve(100 * Mebi);
        Assert.Equal((false, false), Look(100 * Mebi));
        Assert.Equal((true, true), Look((100 * Mebi) - 1));
        Assert.Equal((false, true), Look(110 * Mebi));
        Assert.Equal((false, true), Look((125 * Mebi) - 1));
        Assert.Equal((true, false), Look(125 * Mebi));
        Assert.Equal((false, false), Look(101 * Mebi));

        (bool Changed, bool IsReached) Look(long free)
        {
            _disk.Room = new DiskSpace(free, Gibi);
            return (reserve.Check(), reserve.IsReached);
        }
    }

    [Fact]
    public void A_reserve_of_zero_never_stops_writes()
    {
        DiskReserve reserve = Reserve(0);
        _disk.Room = new DiskSpace(0, Gibi);
        Assert.False(reserve.Check());
        Assert.False(reserve.IsReached);
    }

    private DiskReserve Reserve(long? bytes) => new(_disk, new StorageOptions { DataDirectory = "/data" }, bytes);
}
