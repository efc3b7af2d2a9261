using Coordination.Protocol;
using Coordination.Server.Operations;

namespace Coordination.Server.Tests.Operations;

public sealed class TransactionCodecTests
{
    private static readonly Acl[] List = [new(Permissions.Read, "world", "anyone"), new(Permissions.All, "digest", "a:b")];

    public static TheoryData<string> Kinds =>
    [
        "create", "create2", "container", "ttl", "delete", "reap", "set", "reconfig", "acl", "check", "error", "open", "close", "multi", "failed",
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_transaction_survives_the_way_to_the_log_and_back(string kind)
    {
        var transaction = new Transaction(new TransactionHeader(0x100000000000001, 7, new Zxid(0x100000009), 1_700_000_000_123), Make(kind), 0xFFEEDDCC12345678);
        byte[] bytes = Bytes(transaction);
        Transaction back = TransactionCodec.Read(bytes);
        Assert.Equal(transaction.Header, back.Header);
        Assert.Equal(transaction.Digest, back.Digest);
        Assert.Equal(transaction.Record.Type, back.Record.Type);
        Assert.Equal(bytes, Bytes(back));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_missing_digest_is_no_fault(string kind)
    {
        byte[] bytes = Bytes(new Transaction(new TransactionHeader(1, 2, new Zxid(3), 4), Make(kind), null));
        Transaction back = TransactionCodec.Read(bytes);
        Assert.Null(back.Digest);
        Assert.Equal(bytes, Bytes(back));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_cut_transaction_is_refused_or_read_as_an_older_form(string kind)
    {
        byte[] bytes = Bytes(new Transaction(new TransactionHeader(1, 2, new Zxid(3), 4), Make(kind), 5));
        for (int length = 0; length < 32; length++)
            Assert.Throws<JuteFormatException>(() => TransactionCodec.Read(bytes.AsSpan(0, length)));
        for (int length = 32; length < bytes.Length; length++)
        {
            try
            {
                Assert.NotNull(TransactionCodec.Read(bytes.AsSpan(0, length)).Record);
            }
            catch (JuteFormatException)
            {
            }
        }
    }

    [Fact]
    public void The_first_record_of_Apaches_log_is_written_to_the_byte()
    {
        const string Entry = "0100001143960000" + "00000000" + "0000000000000001" + "000001A1F7E11606" + "FFFFFFF6" + "00002710" + "00000002" + "0000000051C6D660";
        Transaction read = TransactionCodec.Read(Convert.FromHexString(Entry));
        Assert.Equal(10_000, Assert.IsType<CreateSessionTransaction>(read.Record).TimeoutMilliseconds);
        Assert.Equal(1371985504ul, read.Digest);
        Assert.Equal(Entry, Convert.ToHexString(Bytes(read)));
    }

    [Fact]
    public void A_create_without_the_parents_cversion_means_one_more()
    {
        byte[] bytes = Bytes(new Transaction(new TransactionHeader(1, 2, new Zxid(3), 4), Make("create"), null));
        var create = Assert.IsType<CreateTransaction>(TransactionCodec.Read(bytes.AsSpan(0, bytes.Length - sizeof(int))).Record);
        Assert.Equal(-1, create.ParentCversion);
        Assert.Equal("/a", create.Path);
    }

    [Fact]
    public void A_close_of_an_old_server_lists_no_paths()
    {
        var close = new Transaction(new TransactionHeader(1, 2, new Zxid(3), 4), new CloseSessionTransaction(null), null);
        Assert.Null(Assert.IsType<CloseSessionTransaction>(TransactionCodec.Read(Bytes(close)).Record).Paths);
    }

    [Fact]
    public void A_type_that_does_not_exist_is_refused()
    {
        byte[] bytes = Bytes(new Transaction(new TransactionHeader(1, 2, new Zxid(3), 4), Make("error"), null));
        bytes[31] = 99;
        Assert.Throws<JuteFormatException>(() => TransactionCodec.Read(bytes));
    }

    internal static byte[] Bytes(in Transaction transaction)
    {
        using var buffer = new FrameBuffer();
        var writer = new JuteWriter(buffer);
        TransactionCodec.Write(transaction, ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static TransactionRecord Make(string kind) => kind switch
    {
        "create" => new CreateTransaction(OpCode.Create, "/a", [1, 2], List, true, 3),
        "create2" => new CreateTransaction(OpCode.Create2, "/ä", null, List, false, -1),
        "container" => new CreateTransaction(OpCode.CreateContainer, "/c", [], List, false, 4),
        "ttl" => new CreateTransaction(OpCode.CreateTtl, "/t", [1], List, false, 5, 99_000),
        "delete" => new DeleteTransaction(OpCode.Delete, "/d"),
        "reap" => new DeleteTransaction(OpCode.DeleteContainer, "/d"),
        "set" => new SetDataTransaction(OpCode.SetData, "/s", [9], 8),
        "reconfig" => new SetDataTransaction(OpCode.Reconfig, "/zookeeper/config", [9], -1),
        "acl" => new SetAclTransaction("/l", List, 2),
        "check" => new CheckTransaction("/k", 6),
        "error" => new ErrorTransaction(ErrorCode.NoNode),
        "open" => new CreateSessionTransaction(4000),
        "close" => new CloseSessionTransaction(["/e1", "/e2"]),
        "multi" => new MultiTransaction([Make("create"), Make("delete"), Make("set"), Make("check")]),
        _ => new MultiTransaction([Make("create"), Make("error"), new ErrorTransaction(ErrorCode.RuntimeInconsistency)]),
    };
}
