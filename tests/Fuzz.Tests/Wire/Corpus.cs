using System.Globalization;
using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Wire;

/// <summary>One recorded record, taken apart.</summary>
/// <param name="Name">For example <c>create request</c>.</param>
/// <param name="ToServer">Whether a client sent it.</param>
/// <param name="Type">The operation; null for a handshake.</param>
/// <param name="Xid">The recorded xid.</param>
/// <param name="Bytes">The record without the header.</param>
/// <param name="Fields">What stands in it.</param>
/// <param name="Tokens">Its pieces.</param>
internal sealed record Seed(string Name, bool ToServer, OpCode? Type, int Xid, byte[] Bytes, Field[] Fields, Token[] Tokens);

/// <summary>
/// The recordings of stock clients talking to Apache's server, and requests for what no stock client asks: every operation in both
/// directions is there.
/// </summary>
internal sealed class Corpus
{
    private Corpus(Seed[] all)
    {
        All = all;
        Requests = Array.FindAll(all, static seed => seed is { ToServer: true, Type: not null });
        Handshakes = Array.FindAll(all, static seed => seed is { ToServer: true, Type: null });
    }

    public static Corpus Golden { get; } = Load(Path.Combine(AppContext.BaseDirectory, "Golden"));

    public Seed[] All { get; }

    public Seed[] Requests { get; }

    public Seed[] Handshakes { get; }

    private static Corpus Load(string folder)
    {
        var seeds = new List<Seed>();
        foreach (string file in Directory.EnumerateFiles(folder, "*.bin").Order(StringComparer.Ordinal))
        {
            byte[] bytes = File.ReadAllBytes(file);
            foreach (string line in File.ReadLines(Path.ChangeExtension(file, ".txt")).Where(static line => !line.StartsWith('#')))
                seeds.Add(Parse(line.Split(' '), bytes));
        }

        seeds.AddRange(ServerOnly());
        return new Corpus([.. seeds]);
    }

    private static Seed Parse(string[] fields, byte[] bytes)
    {
        bool toServer = fields[0] == ">";
        OpCode? type = fields[2] == "connect" ? null : Enum.Parse<OpCode>(fields[2], ignoreCase: true);
        int[] numbers = Array.ConvertAll(fields[3..], static field => int.Parse(field, CultureInfo.InvariantCulture));
        (int xid, int error, int start, int length) = (numbers[0], numbers[1], numbers[2] + sizeof(int), numbers[3]);
        int header = type is null ? 0 : toServer ? RequestHeader.Size : ReplyHeader.Size;
        Field[] schema = (toServer, type) switch
        {
            (true, null) => Schema.ConnectRequest,
            (false, null) => Schema.ConnectResponse,
            (true, { } operation) => Schema.OfRequest(operation),
            (false, { } operation) => error == 0 ? Schema.OfReply(operation) : [],
        };
        return Make($"{fields[2]} {(toServer ? "request" : "reply")}", toServer, type, xid, bytes[(start + header)..(start + length)], schema);
    }

    /// <summary>Operations that only servers may send to each other.</summary>
    private static IEnumerable<Seed> ServerOnly()
    {
        yield return Make("check request", true, OpCode.Check, 1, [0, 0, 0, 2, (byte)'/', (byte)'a', 0, 0, 0, 0], Schema.OfRequest(OpCode.Check));
        yield return Make("createSession request", true, OpCode.CreateSession, 1, [0, 0, 16, 0], [Field.Int]);
        yield return Make("error request", true, OpCode.Error, 1, [0xff, 0xff, 0xff, 0x9b], [Field.Int]);
        yield return Make("deleteContainer request", true, OpCode.DeleteContainer, 1, [0, 0, 0, 2, (byte)'/', (byte)'a'], [Field.Text]);
    }

    private static Seed Make(string name, bool toServer, OpCode? type, int xid, byte[] bytes, Field[] schema)
    {
        var tokens = new List<Token>();
        Verdict verdict = new FrameParser(int.MaxValue).Parse(bytes, 0, bytes.Length, schema, tokens);
        return verdict == Verdict.Canonical || bytes.Length == 0
            ? new Seed(name, toServer, type, xid, bytes, schema, [.. tokens])
            : throw new InvalidDataException($"{name}: a recording is {verdict}: {Convert.ToHexString(bytes)}");
    }
}
