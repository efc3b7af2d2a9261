using Coordination.Server.Operations;

namespace Coordination.Server.Hosting;

/// <summary>Transactions of the log, decoded and not yet applied.</summary>
internal sealed class TransactionPart
{
    private const int Capacity = 256;

    // Of the log: parts wait for each other, and what waits is memory.
    private const int MaxBytes = 1 << 20;

    private readonly Transaction[] _transactions = new Transaction[Capacity];
    private int _count;
    private int _bytes;

    /// <summary>Whether no more should be added before it is emptied.</summary>
    public bool IsFull => _count == Capacity || _bytes >= MaxBytes;

    /// <summary>In the order of the log.</summary>
    public ReadOnlySpan<Transaction> Transactions => _transactions.AsSpan(0, _count);

    /// <summary>Adds one.</summary>
    /// <exception cref="Protocol.JuteFormatException">The entry is no transaction.</exception>
    public void Add(ReadOnlySpan<byte> entry)
    {
        _transactions[_count] = TransactionCodec.Read(entry);
        _count++;
        _bytes += entry.Length;
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        Array.Clear(_transactions, 0, _count);
        _count = 0;
        _bytes = 0;
    }
}
