using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>Makes the calls: one method per operation, with the rule for a broken connection beside it.</summary>
internal static class Requests
{
    /// <summary>Create, in the form that the kind demands. Never sent twice: a second one would be a second znode.</summary>
    /// <param name="serverPath">The path on the server.</param>
    /// <param name="data">The data.</param>
    /// <param name="options">Kind and access list.</param>
    /// <param name="path">The application's path.</param>
    /// <param name="answer">Completes with the answer.</param>
    /// <returns>The call, to be sent.</returns>
    public static PendingRequest Create(string serverPath, byte[] data, CreateOptions options, ZnodePath path, out Task<Reply<Create2Response>> answer)
    {
        IReadOnlyList<Acl> acl = options.Acl ?? Acl.Open;
        if (options.TimeToLive is { } ttl)
        {
            var request = new CreateTtlRequest(serverPath, data, acl, ModeOf(options), (long)ttl.TotalMilliseconds);
            var call = new Call<CreateTtlRequest, Create2Response>(OpCode.CreateTtl, BreakRule.OutcomeUnknown, request, path);
            answer = call.Task;
            return call;
        }

        OpCode type = options.Kind == CreateKind.Container ? OpCode.CreateContainer : OpCode.Create2;
        var create = new Call<CreateRequest, Create2Response>(type, BreakRule.OutcomeUnknown, new(serverPath, data, acl, ModeOf(options)), path);
        answer = create.Task;
        return create;
    }

    /// <summary>The flags for a kind.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The flags.</returns>
    /// <exception cref="ArgumentException">A time to live for a kind that has none.</exception>
    public static CreateMode ModeOf(CreateOptions options) => (options.Kind, options.TimeToLive) switch
    {
        (CreateKind.Persistent, null) => CreateMode.Persistent,
        (CreateKind.PersistentSequential, null) => CreateMode.PersistentSequential,
        (CreateKind.Ephemeral, null) => CreateMode.Ephemeral,
        (CreateKind.EphemeralSequential, null) => CreateMode.EphemeralSequential,
        (CreateKind.Container, null) => CreateMode.Container,
        (CreateKind.Persistent, _) => CreateMode.PersistentWithTtl,
        (CreateKind.PersistentSequential, _) => CreateMode.PersistentSequentialWithTtl,
        _ => throw new ArgumentException($"A znode of kind {options.Kind} has no time to live.", nameof(options)),
    };

    /// <summary>Delete; with a version it may be sent again, for it can only hit that version.</summary>
    public static Call<DeleteRequest, EmptyRecord> Delete(string serverPath, int? version, ZnodePath path) =>
        new(OpCode.Delete, version is null ? BreakRule.OutcomeUnknown : BreakRule.Resend, new(serverPath, version ?? -1), path);

    /// <summary>Set; with a version it may be sent again.</summary>
    public static Call<SetDataRequest, SetDataResponse> Set(string serverPath, byte[] data, int? version, ZnodePath path) =>
        new(OpCode.SetData, version is null ? BreakRule.OutcomeUnknown : BreakRule.Resend, new(serverPath, data, version ?? -1), path);

    /// <summary>Set of the access list; with a version it may be sent again.</summary>
    public static Call<SetAclRequest, SetAclResponse> SetAcl(string serverPath, IReadOnlyList<Acl> acl, int? version, ZnodePath path) =>
        new(OpCode.SetAcl, version is null ? BreakRule.OutcomeUnknown : BreakRule.Resend, new(serverPath, acl, version ?? -1), path);

    /// <summary>Exists, without a watch.</summary>
    public static Call<ExistsRequest, ExistsResponse> Exists(string serverPath, ZnodePath path) =>
        new(OpCode.Exists, BreakRule.Resend, new(serverPath, Watch: false), path);

    /// <summary>Data and stat, without a watch.</summary>
    public static Call<GetDataRequest, GetDataResponse> Get(string serverPath, ZnodePath path) =>
        new(OpCode.GetData, BreakRule.Resend, new(serverPath, Watch: false), path);

    /// <summary>Children and stat, without a watch.</summary>
    public static Call<GetChildren2Request, GetChildren2Response> Children(string serverPath, ZnodePath path) =>
        new(OpCode.GetChildren2, BreakRule.Resend, new(serverPath, Watch: false), path);

    /// <summary>The access list.</summary>
    public static Call<GetAclRequest, GetAclResponse> GetAcl(string serverPath, ZnodePath path) =>
        new(OpCode.GetAcl, BreakRule.Resend, new(serverPath), path);

    /// <summary>Sync.</summary>
    public static Call<SyncRequest, SyncResponse> Sync(string serverPath, ZnodePath path) =>
        new(OpCode.Sync, BreakRule.Resend, new(serverPath), path);

    /// <summary>Several writes at once. Never sent twice.</summary>
    public static Call<MultiRequest, MultiResponse> Multi(MultiRequest request) =>
        new(OpCode.Multi, BreakRule.OutcomeUnknown, request, null);
}
