using System.Text;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>What several clients do, one after the other, on both servers.</summary>
/// <param name="World">What kind of requests there are.</param>
/// <param name="Steps">In this order; each is over on both servers before the next begins.</param>
internal sealed record Script(World World, IReadOnlyList<ScriptStep> Steps)
{
    /// <summary>Clients of one script.</summary>
    public const int Sessions = 4;

    public int Operations => Steps.Sum(static step => step is Pipeline pipeline ? pipeline.Requests.Count : 1);

    /// <summary>Smaller scripts: without some steps, then with a step made smaller.</summary>
    public IEnumerable<Script> Smaller()
    {
        foreach (IReadOnlyList<ScriptStep> fewer in Without(Steps))
            yield return this with { Steps = fewer };
        for (int i = 0; i < Steps.Count; i++)
        {
            if (Steps[i] is not Pipeline pipeline)
                continue;
            foreach (IReadOnlyList<ScriptRequest> fewer in Without(pipeline.Requests).Where(static list => list.Count > 0))
                yield return this with { Steps = [.. Steps.Take(i), pipeline with { Requests = fewer }, .. Steps.Skip(i + 1)] };
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine().AppendLine($"world {World}");
        foreach (ScriptStep step in Steps)
            text.AppendLine($"  {step}");
        return text.ToString();
    }

    /// <summary>A list without its halves, quarters, ... single elements.</summary>
    private static IEnumerable<IReadOnlyList<T>> Without<T>(IReadOnlyList<T> list)
    {
        for (int size = (list.Count + 1) / 2; size > 0; size /= 2)
        {
            for (int from = 0; from < list.Count; from += size)
                yield return [.. list.Take(from), .. list.Skip(from + size)];
        }
    }
}

/// <summary>What kind of requests a script holds. Kept apart where Apache 3.8.0 goes another way, and not just in its answer.</summary>
internal enum World
{
    /// <summary>Watches of all modes, on znodes that everybody may read.</summary>
    Watching,

    /// <summary>Access lists of all kinds, and no watches.</summary>
    Guarded,

    /// <summary>Quotas; one write at a time, because Apache judges by what is applied already.</summary>
    Limited,
}

/// <summary>One step of one client.</summary>
/// <param name="Session">Which client.</param>
internal abstract record ScriptStep(int Session);

/// <summary>Requests in one write, and then all their answers.</summary>
/// <param name="Session">Which client.</param>
/// <param name="Requests">The requests.</param>
internal sealed record Pipeline(int Session, IReadOnlyList<ScriptRequest> Requests) : ScriptStep(Session)
{
    /// <summary>Whether the connection may be gone afterwards.</summary>
    public bool MayEndConnection => Requests[^1].MayEndConnection;

    /// <inheritdoc/>
    public override string ToString() => $"{Session}: {string.Join("\n     ", Requests)}";
}

/// <summary>A handshake.</summary>
/// <param name="Session">Which client.</param>
/// <param name="Kind">What kind.</param>
internal sealed record Handshake(int Session, HandshakeKind Kind) : ScriptStep(Session)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Session}: {Kind}";
}

/// <summary>Kinds of handshakes.</summary>
internal enum HandshakeKind
{
    /// <summary>The connection is gone, and the session comes back over a new one.</summary>
    Return,

    /// <summary>The session comes back while its old connection lives.</summary>
    Takeover,

    /// <summary>As <see cref="Return"/>, by a client that does not know the last field.</summary>
    ReturnOfOldClient,

    /// <summary>Somebody else tries the session.</summary>
    WrongPassword,

    /// <summary>A session that never was.</summary>
    UnknownSession,

    /// <summary>A client that has seen the future.</summary>
    FromTheFuture,

    /// <summary>A new session with a timeout that is too short, closed at once.</summary>
    ShortTimeout,

    /// <summary>A new session with a timeout that is too long, by an old client, closed at once.</summary>
    LongTimeout,

    /// <summary>A handshake that ends too early.</summary>
    CutShort,
}
