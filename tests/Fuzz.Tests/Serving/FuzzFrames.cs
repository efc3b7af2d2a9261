using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Serving;

/// <summary>Frames as an honest client writes them, without their length word.</summary>
internal static class FuzzFrames
{
    public static byte[] Record<T>(T record)
        where T : IJuteRecord<T>
    {
        using var buffer = new FrameBuffer();
        var writer = new JuteWriter(buffer);
        record.Write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Request<T>(int xid, OpCode type, T record)
        where T : IJuteRecord<T> => [.. Record(new RequestHeader(xid, type)), .. Record(record)];
}
