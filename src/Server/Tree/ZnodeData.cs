namespace Coordination.Server.Tree;

/// <summary>The data of a znode: nothing, or bytes, of which there may be none. They are never written into.</summary>
/// <param name="bytes">An array that holds the data; null for none.</param>
/// <param name="start">Where they begin.</param>
/// <param name="length">How many there are.</param>
internal readonly struct ZnodeData(byte[]? bytes, int start, int length)
{
    /// <summary>Whether there is none at all, which clients can tell from empty data.</summary>
    public bool IsNull => bytes is null;

    /// <summary>Number of bytes.</summary>
    public int Length => length;

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Span => bytes.AsSpan(start, length);

    /// <summary>Data that is an array of its own.</summary>
    public static implicit operator ZnodeData(byte[]? bytes) => new(bytes, 0, bytes?.Length ?? 0);

    /// <summary>Writes the data as a buffer.</summary>
    public void Write(ref Protocol.JuteWriter writer)
    {
        if (IsNull)
            writer.WriteBuffer(null);
        else
            writer.WriteBuffer(Span);
    }
}
