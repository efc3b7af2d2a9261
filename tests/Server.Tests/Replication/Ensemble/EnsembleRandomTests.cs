using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication.Ensemble;

/// <summary>Clients of all members, while members crash, are cut off, come back, and hand leadership over: by chance, repeatable by its seed.</summary>
public sealed class EnsembleRandomTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nothing_acknowledged_is_lost_and_no_client_goes_back_in_time(int seed)
    {
        EnsembleWorld world = new(seed, voters: 3, observers: 1);
        Run run = new(world, new Random(seed));
        for (int i = 0; i < 1500; i++)
            run.Act();
        run.Finish();
    }

    private sealed class Run(EnsembleWorld world, Random chance)
    {
        private readonly List<RandomClient> _clients = [];
        private readonly List<string> _acknowledged = [];
        private int _lastPath;

        public void Act()
        {
            switch (chance.Next(100))
            {
                case < 4:
                    Connect();
                    break;
                case < 20:
                    Write();
                    break;
                case < 30:
                    ReadBehindSync();
                    break;
                case < 31:
                    Disturb();
                    break;
                case < 33:
                    Repair();
                    break;
                default:
                    for (int steps = chance.Next(6); steps >= 0; steps--)
                        world.Step();
                    break;
            }

            foreach (RandomClient client in _clients)
                client.Read(_acknowledged);
        }

        public void Finish()
        {
            Repair();
            world.Settle();
            foreach (RandomClient client in _clients)
                client.Read(_acknowledged);
            Assert.NotEmpty(_acknowledged);
            foreach (Member member in world.Members)
            {
                foreach (string path in _acknowledged)
                    Assert.NotNull(member.Replica!.State.Tree.Find(path));
            }

            // Whoever is still connected is still served.
            foreach (RandomClient client in _clients.Where(static client => client.IsOpen))
            {
                client.Link.Send(OpCode.Exists, new ExistsRequest("/", false));
                client.Sent.Enqueue((client.LastXid + 1, null, true));
                world.Until(() => client.Link.Waiting > 0 || client.Link.Closed != CloseReason.None, "an answer");
                client.Read(_acknowledged);
            }
        }

        private void Connect()
        {
            _clients.RemoveAll(static client => client.Link.Closed != CloseReason.None);
            Member[] running = [.. world.Members.Where(static member => member.Replica is not null)];
            if (_clients.Count >= 8 || running.Length == 0)
                return;

            TestClient link = running[chance.Next(running.Length)].Accept();
            link.SendConnect(new ConnectRequest(0, 0, 60_000, 0, new byte[16], false));
            _clients.Add(new RandomClient(link));
        }

        private void Write()
        {
            if (Pick() is not { } client)
                return;
            string path = $"/w{++_lastPath}";
            client.Sent.Enqueue((client.NextXid(), path, false));
            client.Link.Send(OpCode.Create, new CreateRequest(path, [], Acl.Open, CreateMode.Persistent), client.LastXid);
        }

        /// <summary>What was acknowledged to anybody before the sync was sent must be there behind it.</summary>
        private void ReadBehindSync()
        {
            if (_acknowledged.Count == 0 || Pick() is not { } client)
                return;
            string path = _acknowledged[^1];
            client.Sent.Enqueue((client.NextXid(), null, false));
            client.Link.Send(OpCode.Sync, new SyncRequest("/"), client.LastXid);
            client.Sent.Enqueue((client.NextXid(), null, false));
            client.Link.Send(OpCode.Exists, new ExistsRequest(path, false), client.LastXid);
        }

        private void Disturb()
        {
            Member member = world[1 + chance.Next(4)];
            bool isWhole = world.Members.All(static m => m.Replica is { IsServing: true });
            if (!isWhole)
                return;

            switch (chance.Next(3))
            {
                case 0:
                    world.Crash(member);
                    break;
                case 1:
                    world.Isolate(member);
                    break;
                default:
                    world.Leader.Turn(replica => replica.Ensemble!.HandOverTo(world.Followers[0].Sid));
                    break;
            }
        }

        private void Repair()
        {
            world.Heal();
            foreach (Member member in world.Members.Where(static member => member.Replica is null))
                member.Start();
        }

        private RandomClient? Pick()
        {
            RandomClient[] open = [.. _clients.Where(static client => client.IsOpen)];
            return open.Length == 0 ? null : open[chance.Next(open.Length)];
        }
    }

    private sealed class RandomClient(TestClient link)
    {
        private bool _isConnected;
        private long _seen;

        public TestClient Link { get; } = link;

        public Queue<(int Xid, string? Created, bool IsLast)> Sent { get; } = new();

        public int LastXid { get; private set; }

        public bool IsOpen => _isConnected && Link.Closed == CloseReason.None;

        public int NextXid() => ++LastXid;

        public void Read(List<string> acknowledged)
        {
            if (!_isConnected)
            {
                if (Link.Waiting == 0)
                    return;
                Link.Handshake = Link.ReadConnectResponse();
                _isConnected = true;
            }

            while (Link.Waiting > 0)
            {
                Reply reply = Link.Next();
                (int xid, string? created, bool isLast) = Sent.Dequeue();
                if (isLast)
                    continue;
                Assert.Equal(xid, reply.Header.Xid);
                Assert.Equal(ErrorCode.Ok, reply.Error);
                Assert.True(reply.Zxid >= _seen, "what a client is told never goes back");
                _seen = reply.Zxid;
                if (created is not null)
                    acknowledged.Add(created);
            }
        }
    }
}
