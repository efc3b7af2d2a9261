using Coordination.Server.Network;

namespace Coordination.Server.Tests.Network;

public sealed class EagernessTests
{
    private const long Patience = 100;

    private readonly Eagerness _eagerness = new(Patience);

    [Fact]
    public void Nobody_looks_before_anything_has_come() => Assert.False(_eagerness.IsEager);

    [Theory]
    [InlineData(1, true)]
    [InlineData(2 * Patience, true)]
    [InlineData((2 * Patience) + 1, false)]
    public void A_short_sleep_speaks_for_looking(long slept, bool expected)
    {
        _eagerness.Slept(slept);
        Assert.Equal(expected, _eagerness.IsEager);
    }

    [Fact]
    public void Looking_goes_on_while_four_in_five_come_in_time()
    {
        _eagerness.Slept(1);
        for (int round = 0; round < 1_000; round++)
        {
            if (round % 10 == 9)
                _eagerness.LookedInVain();
            else
                _eagerness.CameInTime();
            Assert.True(_eagerness.IsEager || round < 20, $"round {round}");
            if (!_eagerness.IsEager)
                _eagerness.Slept(1);
        }
    }

    [Fact]
    public void Who_looks_in_vain_stops_after_a_few_times()
    {
        for (int i = 0; i < 1_000; i++)
            _eagerness.CameInTime();
        int looks = 0;
        for (; _eagerness.IsEager; looks++)
        {
            _eagerness.LookedInVain();
            _eagerness.Slept(1_000_000);
        }

        Assert.InRange(looks, 1, 5);
    }

    [Fact]
    public void After_a_long_rest_it_takes_some_short_waits_again_but_not_endlessly_many()
    {
        for (int i = 0; i < 100_000; i++)
            _eagerness.Slept(1_000_000);
        int waits = 0;
        for (; !_eagerness.IsEager; waits++)
            _eagerness.Slept(1);
        Assert.InRange(waits, 2, 20);
    }
}
