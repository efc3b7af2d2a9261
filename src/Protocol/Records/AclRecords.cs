namespace Coordination.Protocol;

/// <summary>Request of <see cref="OpCode.GetAcl"/>.</summary>
/// <param name="Path">The path on the server.</param>
public readonly record struct GetAclRequest(string Path) : IJuteRecord<GetAclRequest>
{
    /// <inheritdoc/>
    public static GetAclRequest Read(ref JuteReader reader) => new(reader.ReadStringNotNull());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteString(Path);
}

/// <summary>Reply to <see cref="OpCode.GetAcl"/>.</summary>
/// <param name="Acl">The access list.</param>
/// <param name="Stat">The stat after the operation.</param>
public readonly record struct GetAclResponse(IReadOnlyList<Acl>? Acl, ZnodeStat Stat) : IJuteRecord<GetAclResponse>
{
    /// <inheritdoc/>
    public static GetAclResponse Read(ref JuteReader reader) => new(reader.ReadAcls(), ZnodeStat.Read(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteAcls(Acl);
        Stat.Write(ref writer);
    }
}

/// <summary>Request of <see cref="OpCode.SetAcl"/>.</summary>
/// <param name="Path">The path on the server.</param>
/// <param name="Acl">The access list.</param>
/// <param name="Version">The expected version of the access list; -1 for any.</param>
public readonly record struct SetAclRequest(string Path, IReadOnlyList<Acl>? Acl, int Version) : IJuteRecord<SetAclRequest>
{
    /// <inheritdoc/>
    public static SetAclRequest Read(ref JuteReader reader) => new(
        reader.ReadStringOrEmpty(),
        reader.ReadAcls(),
        reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteAcls(Acl);
        writer.WriteInt32(Version);
    }
}

/// <summary>Reply to <see cref="OpCode.SetAcl"/>.</summary>
/// <param name="Stat">The stat after the operation.</param>
public readonly record struct SetAclResponse(ZnodeStat Stat) : IJuteRecord<SetAclResponse>
{
    /// <inheritdoc/>
    public static SetAclResponse Read(ref JuteReader reader) => new(ZnodeStat.Read(ref reader));

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => Stat.Write(ref writer);
}

/// <summary>Request of <see cref="OpCode.Auth"/>.</summary>
/// <param name="Type">0; ignored.</param>
/// <param name="Scheme">For example <c>digest</c>.</param>
/// <param name="Credentials">In the scheme's own form, for example <c>user:password</c>.</param>
public readonly record struct AuthPacket(int Type, string? Scheme, byte[]? Credentials) : IJuteRecord<AuthPacket>
{
    /// <inheritdoc/>
    public static AuthPacket Read(ref JuteReader reader) => new(reader.ReadInt32(), reader.ReadString(), reader.ReadBuffer());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32(Type);
        writer.WriteString(Scheme);
        writer.WriteBuffer(Credentials);
    }
}

/// <summary>Request and reply of <see cref="OpCode.Sasl"/>.</summary>
/// <param name="Token">One token of the negotiation; null when it is over.</param>
public readonly record struct SaslToken(byte[]? Token) : IJuteRecord<SaslToken>
{
    /// <inheritdoc/>
    public static SaslToken Read(ref JuteReader reader) => new(reader.ReadBuffer());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer) => writer.WriteBuffer(Token);
}

/// <summary>One identity of a connection.</summary>
/// <param name="Scheme">The scheme.</param>
/// <param name="User">The user; empty for schemes that tell nothing.</param>
public readonly record struct ClientInfo(string Scheme, string User) : IJuteRecord<ClientInfo>
{
    /// <inheritdoc/>
    public static ClientInfo Read(ref JuteReader reader) => new(reader.ReadStringOrEmpty(), reader.ReadStringOrEmpty());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(Scheme);
        writer.WriteString(User);
    }
}

/// <summary>Reply to <see cref="OpCode.WhoAmI"/>.</summary>
/// <param name="Identities">The identities of the connection, in no order.</param>
public readonly record struct WhoAmIResponse(IReadOnlyList<ClientInfo>? Identities) : IJuteRecord<WhoAmIResponse>
{
    /// <inheritdoc/>
    public static WhoAmIResponse Read(ref JuteReader reader)
    {
        int count = reader.ReadCount(minimumElementSize: 8);
        if (count < 0)
            return new(null);

        var identities = new ClientInfo[count];
        for (int i = 0; i < count; i++)
            identities[i] = ClientInfo.Read(ref reader);
        return new(identities);
    }

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32(Identities?.Count ?? -1);
        foreach (ClientInfo identity in Identities ?? [])
            identity.Write(ref writer);
    }
}
