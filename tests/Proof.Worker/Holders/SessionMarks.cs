using System.Globalization;
using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Proof.Worker.Holders;

/// <summary>One ephemeral znode per session, by which others can tell whether the session has ended.</summary>
internal sealed class SessionMarks(ICoordinationClient client, ZnodePath parent)
{
    private string _last = "";

    /// <summary>Exists before the first contender starts.</summary>
    public ZnodePath Parent { get; } = parent;

    /// <summary>Makes sure that the session which owns a hold has its mark.</summary>
    /// <param name="hold">The hold.</param>
    /// <returns>The mark's path.</returns>
    /// <exception cref="SessionLostException">The hold is lost.</exception>
    public async Task<string> EnsureAsync(IFenced hold)
    {
        Znode contender = await client.TryGetAsync(hold.HolderPath!.Value)
            ?? throw new SessionLostException("The hold's znode is gone.", hold.HolderPath);
        long session = contender.Stat.EphemeralOwner;
        ZnodePath path = Parent.Child(session.ToString("x", CultureInfo.InvariantCulture));
        if (string.Equals(_last, path.Value, StringComparison.Ordinal))
            return path.Value;

        try
        {
            Znode mark = await client.CreateAsync(path, options: new CreateOptions { Kind = CreateKind.Ephemeral });
            if (mark.Stat.EphemeralOwner != session)
            {
                // A later session of this client has made the mark of an earlier one: it would testify falsely.
                await client.DeleteAsync(path);
                throw new SessionLostException("The session changed while it was being marked.", path);
            }
        }
        catch (ZnodeExistsException)
        {
            // Another contender of this process was faster.
        }

        return _last = path.Value;
    }
}
