using Coordination.Protocol;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>Takes answers apart, down to fields that can be compared each in its own way.</summary>
internal static class Answer
{
    private const int PasswordSize = 16;

    /// <summary>The fields. What cannot be decoded becomes one field with all bytes.</summary>
    /// <param name="observation">What came.</param>
    /// <param name="asOld">Whether results of create2 inside a multi are shown as Apache 3.8.0 sends them.</param>
    public static List<Field> Decode(Observation observation, bool asOld = false)
    {
        List<Field> fields = [];
        if (observation.Frame.Length == 0)
            return fields;

        try
        {
            var reader = new FieldReader(observation.Frame, fields);
            switch (observation.Kind)
            {
                case ObservationKind.Handshake:
                    ReadHandshake(ref reader);
                    break;
                case ObservationKind.Event:
                    reader.Number();
                    reader.EventZxid();
                    reader.Numbers(3);
                    reader.Text();
                    break;
                default:
                    reader.Number();
                    reader.Zxid();
                    if (reader.Number() == 0)
                        ReadBody(observation.Request!, ref reader, asOld);
                    break;
            }

            reader.Rest();
        }
        catch (JuteFormatException)
        {
            fields.Clear();
            fields.Add(new Field(FieldKind.Text, Text: $"not decodable: {Convert.ToHexStringLower(observation.Frame)}"));
        }

        return fields;
    }

    /// <summary>The code in the header of a reply.</summary>
    public static ErrorCode ErrorOf(Observation reply) =>
        reply.Frame.Length < ReplyHeader.Size ? ErrorCode.SystemError : new JuteReader(reply.Frame).Read<ReplyHeader>().Error;

    private static void ReadHandshake(ref FieldReader reader)
    {
        reader.Numbers(2);
        reader.Session();
        reader.Number();
        reader.Skip(PasswordSize);
    }

    private static void ReadBody(ScriptRequest request, ref FieldReader reader, bool asOld)
    {
        switch (request.Operation)
        {
            case OpCode.Create or OpCode.Sync:
                reader.Text();
                break;
            case OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                reader.Text();
                reader.Stat();
                break;
            case OpCode.Exists or OpCode.SetData or OpCode.SetAcl:
                reader.Stat();
                break;
            case OpCode.GetData or OpCode.Reconfig:
                reader.Buffer();
                reader.Stat();
                break;
            case OpCode.GetAcl:
                reader.Acl();
                reader.Stat();
                break;
            case OpCode.GetChildren or OpCode.GetEphemerals:
                reader.Names();
                break;
            case OpCode.GetChildren2:
                reader.Names();
                reader.Stat();
                break;
            case OpCode.AddWatch or OpCode.GetAllChildrenNumber:
                reader.Number();
                break;
            case OpCode.WhoAmI:
                reader.Identities();
                break;
            case OpCode.Sasl:
                reader.Buffer();
                break;
            case OpCode.Multi or OpCode.MultiRead:
                for (int i = 0; ReadResult(ref reader, asOld && IsCreateOfOldType(request, i)); i++)
                {
                }

                break;
        }
    }

    private static bool ReadResult(ref FieldReader reader, bool asOld)
    {
        var type = (OpCode)reader.Peek();
        asOld &= type == OpCode.Create2;
        reader.Number(asOld ? (int)OpCode.Create : null);

        bool done = reader.Flag();
        reader.Number();
        if (done)
            return false;

        switch (type)
        {
            case OpCode.Create:
                reader.Text();
                break;
            case OpCode.Create2 when asOld:
                reader.Text();
                reader.Skip(ZnodeStat.Size);
                break;
            case OpCode.Create2:
                reader.Text();
                reader.Stat();
                break;
            case OpCode.SetData:
                reader.Stat();
                break;
            case OpCode.GetData:
                reader.Buffer();
                reader.Stat();
                break;
            case OpCode.GetChildren:
                reader.Names();
                break;
            case OpCode.Error:
                reader.Number();
                break;
        }

        return true;
    }

    private static bool IsCreateOfOldType(ScriptRequest multi, int index) =>
        index < multi.Parts.Length
        && multi.Parts[index] is object?[] { Length: > 3 } part
        && part[0] is (int)OpCode.Create2 or (int)OpCode.CreateContainer
        && part[^1] is >= (int)CreateMode.Persistent and <= (int)CreateMode.EphemeralSequential;
}
