using Coordination.Protocol;
using Coordination.Server.Network.Ensemble;
using static Coordination.Server.Network.Ensemble.ElectionLinkActionKind;

namespace Coordination.Server.Tests.Network.Ensemble;

/// <summary>Which election connection is kept, seen by server 5 of 1 to 9.</summary>
public sealed class ElectionLinksTests
{
    private static readonly HostPort Somewhere = new("10.0.0.1", 3888);
    private readonly ElectionLinks _links = new(5);

    public ElectionLinksTests() => _links.SetMembers([1, 2, 5, 8, 9]);

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Something_to_say_opens_one_connection(long server)
    {
        _links.Send(server, Message(1));
        Assert.Equal([Do(Open, server)], Take());
        _links.Send(server, Message(2));
        Assert.Empty(Take());
    }

    [Fact]
    public void Nothing_is_sent_to_oneself()
    {
        _links.Send(5, Message(1));
        Assert.Empty(Take());
    }

    [Fact]
    public void A_connection_to_a_smaller_number_is_used_and_carries_the_newest_message_once()
    {
        _links.Send(2, Message(1));
        _links.Send(2, Message(2));
        Take();
        _links.Opened(2, 77);
        Assert.Equal([Do(Use, 2, 77), Do(Write, 2, 77)], Take());
        Assert.True(_links.TryTake(2, 77, out ReadOnlyMemory<byte> message));
        Assert.Equal(Message(2).ToArray(), message.ToArray());
        Assert.False(_links.TryTake(2, 77, out _));

        _links.Send(2, Message(3));
        Assert.Equal([Do(Write, 2, 77)], Take());
    }

    [Fact]
    public void A_connection_to_a_larger_number_only_asks_to_be_called_back()
    {
        _links.Send(8, Message(1));
        Take();
        _links.Opened(8, 77);
        Assert.Equal([Do(Close, 8, 77)], Take());
        Assert.False(_links.TryTake(8, 77, out _));

        _links.Accepted(78, From(8));
        Assert.Equal([Do(Use, 8, 78), Do(Write, 8, 78)], Take());
        Assert.True(_links.TryTake(8, 78, out _));
    }

    [Fact]
    public void A_smaller_number_is_called_back_where_it_says_it_is()
    {
        _links.Accepted(77, From(2, new HostPort("0.0.0.0", 3888), Somewhere));
        ElectionLinkAction[] actions = Take();
        Assert.Equal([Close, Open], actions.Select(static action => action.Kind));
        Assert.Equal((2, 77), (actions[0].Server, actions[0].Number));
        Assert.Equal([Somewhere], actions[1].Addresses!);
    }

    [Fact]
    public void A_smaller_number_that_asks_again_gets_a_new_connection_in_place_of_the_old()
    {
        Connect(2, 77);
        _links.Accepted(78, From(2));
        Assert.Equal([Close, Close, Open], Take().Select(static action => action.Kind));
        _links.Opened(2, 79);
        Assert.Equal(Use, Take()[0].Kind);
    }

    [Fact]
    public void A_larger_number_replaces_its_own_connection()
    {
        _links.Accepted(77, From(8));
        Take();
        _links.Accepted(78, From(8));
        Assert.Equal([Do(Close, 8, 77), Do(Use, 8, 78)], Take());

        // The end of the old one is no loss.
        _links.Lost(8, 77);
        Assert.Empty(Take());
    }

    [Fact]
    public void What_was_said_last_is_said_again_over_a_new_connection_unless_there_is_something_newer()
    {
        Connect(2, 77, Message(1));
        _links.Lost(2, 77);
        _links.Opened(2, 78);
        Assert.True(_links.TryTake(2, 78, out ReadOnlyMemory<byte> message));
        Assert.Equal(Message(1).ToArray(), message.ToArray());

        _links.Lost(2, 78);
        _links.Send(2, Message(2));
        _links.Opened(2, 79);
        Assert.True(_links.TryTake(2, 79, out message));
        Assert.Equal(Message(2).ToArray(), message.ToArray());
        Assert.False(_links.TryTake(2, 79, out _));
    }

    [Fact]
    public void A_connection_that_says_it_is_this_server_is_closed()
    {
        _links.Accepted(77, From(5));
        Assert.Equal([Do(Close, 5, 77)], Take());
    }

    [Fact]
    public void A_server_is_unreachable_when_nobody_answers_and_reachable_when_somebody_does()
    {
        _links.Send(2, Message(1));
        Take();
        _links.OpenFailed(2);
        Assert.Equal([Do(Unreachable, 2)], Take());
        _links.Send(2, Message(1));
        _links.OpenFailed(2);
        Assert.Equal([Do(Open, 2)], Take());
        _links.Accepted(77, From(2));
        Assert.Equal([Reachable, Close, Open], Take().Select(static action => action.Kind));
    }

    [Fact]
    public void A_server_with_a_connection_is_reachable_although_it_cannot_be_called()
    {
        _links.Send(8, Message(1));
        _links.Accepted(77, From(8));
        Take();
        _links.OpenFailed(8);
        Assert.Empty(Take());
    }

    [Fact]
    public void An_address_told_while_another_is_tried_is_tried_next()
    {
        _links.Send(2, Message(1));
        Take();
        _links.Accepted(77, From(2, Somewhere));
        Assert.Equal([Do(Close, 2, 77)], Take());
        _links.OpenFailed(2);
        ElectionLinkAction action = Assert.Single(Take());
        Assert.Equal(Open, action.Kind);
        Assert.Equal([Somewhere], action.Addresses!);
        _links.OpenFailed(2);
        Assert.Equal([Do(Unreachable, 2)], Take());
    }

    [Fact]
    public void A_lost_connection_is_opened_again_by_the_larger_number_and_missed_later_by_the_smaller()
    {
        Connect(2, 77);
        _links.Lost(2, 77);
        Assert.Equal([Do(Open, 2)], Take());

        _links.Accepted(78, From(8));
        Take();
        _links.Lost(8, 78);
        Assert.Equal([Do(LookAgain, 8, 20)], Take());
        _links.LookAgain(8);
        Assert.Equal([Do(Open, 8)], Take());

        _links.Accepted(79, From(8));
        Take();
        _links.LookAgain(8);
        Assert.Empty(Take());
    }

    [Fact]
    public void Who_ends_every_connection_is_asked_ever_more_rarely_until_it_says_something()
    {
        List<long> pauses = [];
        for (int i = 0; i < 12; i++)
        {
            Connect(2, 100 + i);
            _links.Lost(2, 100 + i);
            ElectionLinkAction action = Assert.Single(Take());
            pauses.Add(action.Kind == LookAgain ? action.Number : 0);
        }

        Assert.Equal([0, 40, 80, 160, 320, 640, 1280, 2560, 5000, 5000, 5000, 5000], pauses);
        Connect(2, 200);
        _links.Heard(2);
        _links.Lost(2, 200);
        Assert.Equal(Open, Take()[0].Kind);
    }

    [Fact]
    public void Strangers_are_let_in_but_not_without_end()
    {
        for (int i = 0; i < ElectionLinks.MaxStrangers; i++)
        {
            _links.Accepted(1000 + i, From(100 + i));
            Assert.Equal([Do(Use, 100 + i, 1000 + i)], Take());
        }

        _links.Accepted(5000, From(5000));
        Assert.Equal([Do(Close, 5000, 5000)], Take());
        _links.Accepted(5001, From(9));
        Assert.Equal([Do(Use, 9, 5001)], Take());

        _links.Lost(100, 1000);
        _links.Accepted(5002, From(5000));
        Assert.Equal([Do(Use, 5000, 5002)], Take());
    }

    [Fact]
    public void Strangers_that_cannot_be_called_back_take_no_room()
    {
        for (int i = 0; i < 1000; i++)
        {
            _links.Accepted(i, From(-1000 - i, Somewhere));
            Assert.Equal([Close, Open], Take().Select(static action => action.Kind));
            _links.OpenFailed(-1000 - i);
            Take();
        }
    }

    [Fact]
    public void Observers_without_a_number_get_one_each()
    {
        _links.Accepted(1, From(ElectionGreeting.AnonymousObserver, Somewhere));
        _links.Accepted(2, From(ElectionGreeting.AnonymousObserver, Somewhere));
        Assert.Equal([-1, -1, -2, -2], Take().Select(static action => action.Server));
    }

    private static ReadOnlyMemory<byte> Message(byte content) => new(Enumerable.Repeat(content, 1).ToArray());

    private static ElectionGreeting From(long server, params HostPort[] addresses) => new(ElectionGreeting.OneAddress, server, addresses);

    private static ElectionLinkAction Do(ElectionLinkActionKind kind, long server, long number = 0) => new(kind, server, number);

    private ElectionLinkAction[] Take()
    {
        ElectionLinkAction[] actions = [.. _links.Actions];
        _links.Actions.Clear();
        return actions;
    }

    private void Connect(long server, long connection, ReadOnlyMemory<byte> message = default)
    {
        _links.Send(server, message.IsEmpty ? Message(9) : message);
        _links.Opened(server, connection);
        _links.TryTake(server, connection, out _);
        Take();
    }
}
