using System.Buffers.Binary;
using System.Text;
using Coordination.Protocol;

namespace Coordination.Compatibility.Tests.Lockstep;

/// <summary>One request that both servers get, byte for byte the same.</summary>
/// <param name="Name">Unique; differences are accepted by it.</param>
/// <param name="Operation">The operation's number; need not exist.</param>
/// <param name="Body">What follows the header; need not be well formed.</param>
internal sealed record LockstepRequest(string Name, int Operation, byte[] Body)
{
    /// <summary>A request of a known operation.</summary>
    public static LockstepRequest Of(string name, OpCode operation, params object?[] parts) => new(name, (int)operation, Bytes(parts));

    /// <summary>A create, or another operation with its record.</summary>
    public static LockstepRequest Create(
        string name, string path, CreateMode mode = CreateMode.Persistent, object? acl = null, OpCode operation = OpCode.Create) =>
        Of(name, operation, path, "d"u8.ToArray(), acl ?? Access("world", "anyone"), (int)mode);

    /// <summary>An access list of one entry.</summary>
    public static byte[][] Access(string scheme, string id, int permissions = 31) => [Bytes(1, permissions, scheme, id)];

    /// <summary>
    /// Jute of the parts: a text, a buffer, numbers, a boolean, null as the length -1; the bytes of an array of arrays stand as they are.
    /// </summary>
    public static byte[] Bytes(params object?[] parts)
    {
        List<byte> bytes = [];
        foreach (object? part in parts)
        {
            switch (part)
            {
                case null:
                    Number(bytes, -1);
                    break;
                case string text:
                    Number(bytes, Encoding.UTF8.GetByteCount(text));
                    bytes.AddRange(Encoding.UTF8.GetBytes(text));
                    break;
                case byte[] buffer:
                    Number(bytes, buffer.Length);
                    bytes.AddRange(buffer);
                    break;
                case byte[][] raw:
                    bytes.AddRange(raw.SelectMany(static piece => piece));
                    break;
                case bool flag:
                    bytes.Add(flag ? (byte)1 : (byte)0);
                    break;
                case long wide:
                    byte[] eight = new byte[sizeof(long)];
                    BinaryPrimitives.WriteInt64BigEndian(eight, wide);
                    bytes.AddRange(eight);
                    break;
                default:
                    Number(bytes, (int)part);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>The frame that goes over the wire.</summary>
    public byte[] Frame(int xid) => Bytes([Bytes(xid, Operation).Concat(Body).ToArray()]);

    private static void Number(List<byte> bytes, int value)
    {
        byte[] four = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(four, value);
        bytes.AddRange(four);
    }
}
