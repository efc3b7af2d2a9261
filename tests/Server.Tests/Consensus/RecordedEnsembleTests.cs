using System.Globalization;
using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Storage;
using Coordination.Server.Tests.Tree;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Consensus;

/// <summary>What stands inside the packets of an Apache ensemble; the recordings are those of the tests of Protocol.</summary>
public sealed class RecordedEnsembleTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Consensus", "Golden");

    [Fact]
    public void Every_transaction_on_a_link_is_an_entry_of_the_log()
    {
        var types = new HashSet<OpCode>();
        foreach ((string what, byte[] bytes) in Recordings().Where(item => item.What is "Proposal" or "Inform" or "InformAndActivate"))
        {
            Assert.True(QuorumPacketReader.TryRead(bytes, QuorumPacket.DefaultMaxData, out QuorumPacketView packet));
            byte[] entry = packet.Data[(what == "InformAndActivate" ? ActivationHeader.Size : 0)..].ToArray();
            Transaction transaction = TransactionCodec.Read(entry);
            Assert.Equal(packet.Zxid, transaction.Header.Zxid);
            Assert.Equal(packet.Zxid, LogRecord.ZxidOf(entry));
            Assert.Equal(Convert.ToHexString(entry), Convert.ToHexString(Written(transaction)));
            types.Add(transaction.Record.Type);
        }

        Assert.Superset(
            new HashSet<OpCode>
            {
                OpCode.Create, OpCode.Create2, OpCode.CreateContainer, OpCode.CreateTtl, OpCode.Delete, OpCode.SetData, OpCode.SetAcl, OpCode.Multi,
                OpCode.Error, OpCode.CreateSession, OpCode.CloseSession, OpCode.Reconfig,
            },
            types);
    }

    [Fact]
    public void A_change_of_the_configuration_carries_its_text_under_its_own_zxid()
    {
        int changes = 0;
        foreach ((_, byte[] bytes) in Recordings().Where(item => item.What == "Proposal"))
        {
            Assert.True(QuorumPacketReader.TryRead(bytes, QuorumPacket.DefaultMaxData, out QuorumPacketView packet));
            if (TransactionCodec.Read(packet.Data).Record is not SetDataTransaction { Type: OpCode.Reconfig } change)
                continue;

            changes++;
            string text = System.Text.Encoding.UTF8.GetString(change.Data!);
            QuorumConfiguration configuration = QuorumConfiguration.Parse(text);
            Assert.Equal((text, packet.Zxid.Value, "/zookeeper/config", -1), (configuration.ToString(), configuration.Version, change.Path, change.Version));
            Assert.InRange(Server.Consensus.Quorum.Of(configuration).Voters.Length, 2, 3);
        }

        Assert.True(changes > 0);
    }

    [Fact]
    public void A_snapshot_on_a_link_is_the_body_of_a_snapshot_file()
    {
        byte[][] streams = [.. Recordings().Where(item => item.What == "SnapshotStream").Select(item => item.Bytes)];
        Assert.NotEmpty(streams);
        foreach (byte[] stream in streams)
        {
            var scanner = new SnapshotStreamScanner();
            Assert.Equal(stream.Length, scanner.Scan(stream, out int body));
            LoadedTree loaded = TreeSnapshotLoader.Load(new SnapshotBytes.Input(stream[..body]));
            Assert.Equal(scanner.ZnodeCount, loaded.Tree.Count);
            Assert.Contains(SnapshotBytes.Describe(loaded.Tree), line => line.StartsWith("/before ", StringComparison.Ordinal));
        }
    }

    private static byte[] Written(in Transaction transaction)
    {
        using var output = new FrameBuffer();
        var writer = new JuteWriter(output);
        TransactionCodec.Write(transaction, ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static IEnumerable<(string What, byte[] Bytes)> Recordings()
    {
        foreach (string index in Directory.EnumerateFiles(Folder, "*-learners.txt").Order(StringComparer.Ordinal))
        {
            byte[] all = File.ReadAllBytes(Path.ChangeExtension(index, ".bin"));
            foreach (string line in File.ReadLines(index).Where(line => !line.StartsWith('#')))
            {
                string[] fields = line.Split(' ');
                int offset = int.Parse(fields[6], CultureInfo.InvariantCulture);
                yield return (fields[4], all[offset..(offset + int.Parse(fields[7], CultureInfo.InvariantCulture))]);
            }
        }
    }
}
