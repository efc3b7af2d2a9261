using Coordination.Fuzz.Tests.Wire;
using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Decoding;

/// <summary>
/// What the codec must do with any bytes: refuse exactly what is no record, with the exception of the protocol and no other, write
/// canonical bytes back unchanged, and take no memory that the bytes themselves did not bring.
/// </summary>
internal sealed class DecoderRules : IDisposable
{
    /// <summary>Bytes for the record and, when it is refused, for the exception.</summary>
    private const int FixedAllowance = 4096;

    /// <summary>What one byte of a frame may cost: a buffer costs one, text two.</summary>
    private const int AllowancePerByte = 2;

    /// <summary>
    /// The same for records with lists. The dearest are operations with one-letter paths, whose 18 bytes become an entry of 48 in a growing
    /// list and a string of 32.
    /// </summary>
    private const int AllowancePerByteOfLists = 16;

    /// <summary>The same for the results of a multi, which only a client reads: 9 bytes of wire become an entry with room for a stat.</summary>
    private const int AllowancePerByteOfResults = 64;

    private readonly FrameParser _parser = new(Codecs.MaxLength);
    private readonly FrameBuffer _output = new(4096);
    private readonly FrameBuffer _again = new(4096);

    /// <summary>Frames that were records.</summary>
    public long Accepted { get; private set; }

    /// <summary>Frames that were canonical records.</summary>
    public long Canonical { get; private set; }

    /// <summary>Checks one record.</summary>
    /// <exception cref="FuzzFailure">A rule is broken.</exception>
    public void Check(Seed seed, Recode recode, byte[] bytes, int length)
    {
        Verdict verdict = _parser.Parse(bytes, 0, length, seed.Fields);
        bool accepted = Decode(recode, bytes.AsSpan(0, length), out long allocated);

        // What the runtime takes once, for its own tables, it does not take again.
        for (int i = 0; i < 3 && allocated > Allowance(seed, length); i++)
            Decode(recode, bytes.AsSpan(0, length), out allocated);
        if (allocated > Allowance(seed, length))
            throw new FuzzFailure("no memory but for the bytes that came", $"{allocated} bytes for a frame of {length}");
        if (accepted != (verdict != Verdict.Malformed))
            throw new FuzzFailure("what is a record is accepted and nothing else", $"{(accepted ? "accepted" : "refused")}, but {verdict}");
        if (accepted)
            CheckWritten(seed, recode, bytes.AsSpan(0, length), verdict);
    }

    private bool Decode(Recode recode, ReadOnlySpan<byte> bytes, out long allocated)
    {
        _output.Clear();
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            recode(bytes, _output);
            return true;
        }
        catch (JuteFormatException)
        {
            return false;
        }
        catch (Exception e)
        {
            throw new FuzzFailure("only the protocol's exception may come out", $"{e.GetType().Name}: {e.Message}");
        }
        finally
        {
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    public void Dispose()
    {
        _output.Dispose();
        _again.Dispose();
    }

    private void CheckWritten(Seed seed, Recode recode, ReadOnlySpan<byte> bytes, Verdict verdict)
    {
        Accepted++;
        if (verdict == Verdict.Canonical)
        {
            Canonical++;
            if (!_output.WrittenSpan.SequenceEqual(bytes))
                throw new FuzzFailure("a canonical record is written back unchanged", $"as {Convert.ToHexString(_output.WrittenSpan)}");
            return;
        }

        byte[] written = _output.WrittenSpan.ToArray();
        if (_parser.Parse(written, 0, written.Length, seed.Fields) != Verdict.Canonical)
            throw new FuzzFailure("what is written is canonical", Convert.ToHexString(written));

        _again.Clear();
        recode(written, _again);
        if (!_again.WrittenSpan.SequenceEqual(written))
            throw new FuzzFailure("a canonical record is written back unchanged", $"as {Convert.ToHexString(_again.WrittenSpan)}");
    }

    private static long Allowance(Seed seed, int length)
    {
        int perByte = AllowancePerByte;
        foreach (Field field in seed.Fields)
        {
            perByte = Math.Max(perByte, field switch
            {
                Field.MultiResults => AllowancePerByteOfResults,
                Field.Texts or Field.Acls or Field.Infos or Field.MultiOperations => AllowancePerByteOfLists,
                _ => AllowancePerByte,
            });
        }

        return FixedAllowance + ((long)perByte * length);
    }
}
