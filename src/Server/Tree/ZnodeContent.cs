using System.Text;
using Coordination.Server.Slabs;

namespace Coordination.Server.Tree;

/// <summary>
/// Name and data of a znode in one array, because each array costs 24 bytes before its first. It is replaced as a whole and never written
/// into: snapshots hold on to it.
/// </summary>
internal readonly struct ZnodeContent
{
    private readonly byte[] _bytes;

    // The complement of it where there is no data at all.
    private readonly int _nameSize;

    private ZnodeContent(byte[] bytes, int nameSize)
    {
        _bytes = bytes;
        _nameSize = nameSize;
    }

    /// <summary>The last element of the path; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => _bytes.AsSpan(0, NameSize);

    /// <summary>The data.</summary>
    public ZnodeData Data => new(_nameSize < 0 ? null : _bytes, NameSize);

    private int NameSize => _nameSize < 0 ? ~_nameSize : _nameSize;

    /// <summary>Puts name and data together.</summary>
    /// <param name="name">The last element of the path.</param>
    /// <param name="data">The data; copied.</param>
    /// <param name="hasData">No data and empty data are different things.</param>
    public static ZnodeContent Of(ReadOnlySpan<char> name, ReadOnlySpan<byte> data, bool hasData)
    {
        int nameSize = CompactText.SizeOf(name);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(nameSize + data.Length);
        Encoding.UTF8.GetBytes(name, bytes);
        data.CopyTo(bytes.AsSpan(nameSize));
        return new ZnodeContent(bytes, hasData ? nameSize : ~nameSize);
    }

    /// <summary>The same name with other data.</summary>
    public ZnodeContent With(byte[]? data)
    {
        int nameSize = NameSize;
        byte[] bytes = GC.AllocateUninitializedArray<byte>(nameSize + (data?.Length ?? 0));
        Name.CopyTo(bytes);
        data?.CopyTo(bytes, nameSize);
        return new ZnodeContent(bytes, data is null ? ~nameSize : nameSize);
    }
}
