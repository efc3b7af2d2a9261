using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>Translates between the application's paths and the server's, which begin with the chroot.</summary>
/// <param name="chroot">The chroot without trailing slash; empty for none.</param>
internal sealed class PathMap(string chroot)
{
    /// <summary>The chroot; empty for none.</summary>
    public string Chroot { get; } = chroot;

    /// <summary>The path as it goes over the wire.</summary>
    /// <param name="path">The application's path.</param>
    /// <returns>The server's path.</returns>
    public string ToServer(ZnodePath path) => Chroot.Length == 0 ? path.Value : path.IsRoot ? Chroot : Chroot + path.Value;

    /// <summary>The path as the application knows it.</summary>
    /// <param name="path">The server's path.</param>
    /// <returns>The application's path; the server's own if it lies outside the chroot.</returns>
    public ZnodePath FromServer(string path)
    {
        if (Chroot.Length == 0 || !path.StartsWith(Chroot, StringComparison.Ordinal))
            return new(path);
        if (path.Length == Chroot.Length)
            return ZnodePath.Root;

        return path[Chroot.Length] == '/' ? new(path[Chroot.Length..]) : new(path);
    }
}
