using Microsoft.Win32.SafeHandles;

namespace Coordination.Server.Network;

/// <summary>
/// Descriptors that are held for nothing but a rainy day. When none is left for another connection they are given up: the next log file,
/// the next snapshot and whatever the runtime still has to load can be opened, while nobody new is accepted. Linux only.
/// </summary>
internal sealed class DescriptorReserve : IDisposable
{
    private const int Size = 64;

    private readonly List<SafeFileHandle> _held = new(Size);

    /// <summary>Takes the reserve, all of it or nothing.</summary>
    /// <returns>False if there are not so many descriptors.</returns>
    public bool TryHold()
    {
        try
        {
            while (_held.Count < Size)
                _held.Add(File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return true;
        }
        catch (IOException)
        {
            Release();
            return false;
        }
    }

    /// <summary>Gives the reserve up.</summary>
    public void Release()
    {
        foreach (SafeFileHandle handle in _held)
            handle.Dispose();
        _held.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Release();
}
