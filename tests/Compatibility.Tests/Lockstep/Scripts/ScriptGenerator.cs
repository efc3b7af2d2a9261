using Coordination.Protocol;
using FsCheck;
using FsCheck.Fluent;
using static Coordination.Compatibility.Tests.Lockstep.Scripts.ScriptValues;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>Scripts at random: requests of every operation, good and bad, on few znodes, so that they meet.</summary>
internal static class ScriptGenerator
{
    /// <summary>Any script.</summary>
    public static readonly Gen<Script> Scripts =
        from world in Gen.Frequency((5, Gen.Constant(World.Watching)), (4, Gen.Constant(World.Guarded)), (2, Gen.Constant(World.Limited)))
        from count in world == World.Limited ? Gen.Choose(40, 120) : Gen.Choose(8, 40)
        from steps in Step(world).ArrayOf(count)
        select new Script(world, steps);

    private static Gen<ScriptStep> Step(World world) =>
        from session in Gen.Choose(0, Script.Sessions - 1)
        from step in Gen.Frequency(
            (60, Pipelines(world, session)),
            (4, Alone(session, Credentials)),
            (2, Alone(session, Gen.Constant(ScriptRequests.Close))),
            (3, Alone(session, Odd)),
            (5, Handshakes(session)))
        select step;

    private static Gen<ScriptStep> Pipelines(World world, int session)
    {
        Gen<ScriptRequest> request = new ScriptRequestGenerator(world, session).Any;
        if (world == World.Limited)
            return Gen.Frequency((5, request), (1, Quotas)).Select(one => (ScriptStep)new Pipeline(session, [one]));

        return from count in Gen.Frequency((2, Gen.Choose(1, 4)), (3, Gen.Choose(4, 20)))
               from requests in request.ArrayOf(count)
               select (ScriptStep)new Pipeline(session, UpToSetAcl(requests));
    }

    /// <summary>Apache judges what follows a setACL by the old list until the new one is applied: answers are a matter of time.</summary>
    private static ScriptRequest[] UpToSetAcl(ScriptRequest[] requests)
    {
        int at = Array.FindIndex(requests, static request => request.Operation == OpCode.SetAcl);
        return at < 0 ? requests : requests[..(at + 1)];
    }

    /// <summary>Limits and usage of znodes of the script, always well formed: others end Apache's server.</summary>
    private static Gen<ScriptRequest> Quotas =>
        from znode in Gen.Elements("!", "!", "!/a", "!/b")
        from hard in Gen.Elements(
            "", "=;byteHardLimit=60;countHardLimit=5", "=;byteHardLimit=-1;countHardLimit=4", "=;byteHardLimit=200;countHardLimit=-1")
        from soft in Gen.Elements("count=3,bytes=-1", "count=-1,bytes=40", "count=-1,bytes=-1", "count=5,bytes=100")
        from request in Gen.Frequency(
            (3, Gen.Constant(new ScriptRequest(OpCode.Create, znode, null, ScriptRequests.Open, 0))),
            (6, Gen.Constant(new ScriptRequest(OpCode.Create, $"{znode}/zookeeper_limits", Bytes(soft + hard), ScriptRequests.Open, 0))),
            (6, Gen.Constant(
                new ScriptRequest(OpCode.Create, $"{znode}/zookeeper_stats", Bytes("count=0,bytes=0"), ScriptRequests.Open, 0))),
            (3, Gen.Constant(new ScriptRequest(OpCode.SetData, $"{znode}/zookeeper_limits", Bytes(soft + hard), -1))),
            (6, Gen.Constant(new ScriptRequest(OpCode.GetData, $"{znode}/zookeeper_stats", false))),
            (1, Gen.Constant(new ScriptRequest(OpCode.Delete, $"{znode}/zookeeper_limits", -1))),
            (1, Gen.Constant(new ScriptRequest(OpCode.Delete, $"{znode}/zookeeper_stats", -1))))
        select request;

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static Gen<ScriptStep> Alone(int session, Gen<ScriptRequest> request) =>
        request.Select(one => (ScriptStep)new Pipeline(session, [one with { MayEndConnection = true }]));

    private static Gen<ScriptStep> Handshakes(int session) => Gen.Frequency(
        (6, Gen.Constant(HandshakeKind.Return)),
        (4, Gen.Constant(HandshakeKind.Takeover)),
        (1, Gen.Constant(HandshakeKind.ReturnOfOldClient)),
        (2, Gen.Constant(HandshakeKind.WrongPassword)),
        (1, Gen.Constant(HandshakeKind.UnknownSession)),
        (1, Gen.Constant(HandshakeKind.FromTheFuture)),
        (1, Gen.Constant(HandshakeKind.ShortTimeout)),
        (1, Gen.Constant(HandshakeKind.LongTimeout)),
        (1, Gen.Constant(HandshakeKind.CutShort))).Select(kind => (ScriptStep)new Handshake(session, kind));

    private static Gen<ScriptRequest> Credentials =>
        from scheme in Gen.Frequency((12, Gen.Constant<string?>("digest")), (1, Gen.Elements("ip", "world", "nope", "x509", null)))
        from text in Gen.Elements("u:p", "v:q", "v:q", "nocolon", "", "a:b:c")
        from xid in Gen.Elements<int?>(WellKnownXid.Auth, null)
        from damage in Gen.Frequency(
            (12, Gen.Constant<Damage?>(null)), (1, Gen.Choose(0, 999).Select(at => (Damage?)new Damage(DamageKind.Cut, at, 0))))
        select new ScriptRequest(OpCode.Auth, 0, scheme, System.Text.Encoding.UTF8.GetBytes(text)) { Xid = xid, Damage = damage };

    /// <summary>What ends a connection, or might.</summary>
    private static Gen<ScriptRequest> Odd => Gen.OneOf(
        Gen.Elements(0, 10, 23, 50, 99, 108, 1000, -1, -2, -12, int.MaxValue, int.MinValue).Select(code => new ScriptRequest((OpCode)code)),
        Gen.Choose(0, 7).Select(length => new ScriptRequest(OpCode.Error, (byte[][])[new byte[length]]) { IsBareFrame = true }),
        Gen.Constant(new ScriptRequest(OpCode.Sasl, "token"u8.ToArray())),
        Gen.Constant(new ScriptRequest(OpCode.DeleteContainer, "~/a")),
        Gen.Constant(new ScriptRequest(OpCode.Ping)));
}
