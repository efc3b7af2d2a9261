using System.Buffers.Binary;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests.Lockstep;

/// <summary>
/// An answer without what must differ: times, and ids of sessions. Zxids stay, because both servers were born together. Names whose order
/// is that of a hash table at Apache are sorted.
/// </summary>
/// <param name="Xid">The header's xid.</param>
/// <param name="Error">Null: the connection was closed instead.</param>
/// <param name="Length">Bytes of the frame.</param>
/// <param name="Body">What follows the header, in hexadecimal.</param>
/// <param name="LivesOn">Whether the connection answers a ping afterwards; null if nobody asked.</param>
internal sealed record LockstepAnswer(int Xid, ErrorCode? Error, int Length, string Body, bool? LivesOn)
{
    private static readonly TimeSpan Age = TimeSpan.FromHours(1);

    public static LockstepAnswer Of(LockstepRequest request, byte[]? frame, long session, bool? livesOn)
    {
        if (frame is null)
            return new(0, null, 0, "", livesOn);

        RawReply reply = RawReply.Parse(frame);
        byte[] body = Sorted((OpCode)request.Operation, reply);
        return new(reply.Header.Xid, reply.Header.Error, frame.Length, Masked(body, session), livesOn);
    }

    private static byte[] Sorted(OpCode operation, RawReply reply)
    {
        if (reply.Header.Error != ErrorCode.Ok || operation is not (OpCode.GetChildren or OpCode.GetChildren2 or OpCode.GetEphemerals))
            return reply.Body;

        IReadOnlyList<string> names = reply.As<GetChildrenResponse>().Children ?? [];
        int end = sizeof(int) + names.Sum(static name => sizeof(int) + name.Length);
        return [.. LockstepRequest.Bytes([names.Count, .. names.Order(StringComparer.Ordinal)]), .. reply.Body[end..]];
    }

    private static string Masked(byte[] body, long session)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        char[] text = Convert.ToHexStringLower(body).ToCharArray();

        // Ids first: ours contain the time.
        Mask('s', value => value == session);
        Mask('t', value => Math.Abs(value - now) < Age.TotalMilliseconds);
        return new string(text);

        void Mask(char mark, Func<long, bool> isMeant)
        {
            for (int at = 0; at + sizeof(long) <= body.Length; at++)
            {
                Span<char> place = text.AsSpan(at * 2, 2 * sizeof(long));
                if (!place.Contains('s') && isMeant(BinaryPrimitives.ReadInt64BigEndian(body.AsSpan(at))))
                    place.Fill(mark);
            }
        }
    }
}
