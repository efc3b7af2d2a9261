using System.Runtime.InteropServices;

namespace Coordination.Bench.Native;

/// <summary>Level-triggered readiness of many descriptors, each known by a tag. One thread waits; any thread may add.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    private const uint Readable = 1;
    private const int Add = 1;
    private const int Remove = 2;
    private const int Capacity = 256;

    // The kernel's struct is packed on x86-64 and naturally aligned elsewhere.
    private static readonly int EntrySize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int TagOffset = EntrySize - sizeof(long);

    private readonly int _descriptor = Libc.EpollCreate(0);
    private readonly byte[] _entries = GC.AllocateArray<byte>(EntrySize * Capacity, pinned: true);

    /// <summary>Reports <paramref name="descriptor"/> under <paramref name="tag"/> whenever it has something to read.</summary>
    public void Watch(int descriptor, long tag)
    {
        byte* entry = stackalloc byte[16];
        *(uint*)entry = Readable;
        *(long*)(entry + TagOffset) = tag;
        if (Libc.EpollControl(_descriptor, Add, descriptor, entry) != 0)
            throw new IOException($"epoll_ctl: errno {Marshal.GetLastPInvokeError()}.");
    }

    /// <summary>Stops reporting a descriptor; closing it does the same.</summary>
    public void Forget(int descriptor)
    {
        byte* entry = stackalloc byte[16];
        _ = Libc.EpollControl(_descriptor, Remove, descriptor, entry);
    }

    /// <summary>Waits for readiness and fills in the tags of what is ready.</summary>
    public int Wait(Span<long> tags, int timeoutMilliseconds)
    {
        fixed (byte* entries = _entries)
        {
            int ready = Libc.EpollWait(_descriptor, entries, Math.Min(Capacity, tags.Length), timeoutMilliseconds);
            for (int i = 0; i < ready; i++)
                tags[i] = *(long*)(entries + (i * EntrySize) + TagOffset);
            return Math.Max(0, ready);
        }
    }

    public void Dispose() => _ = Libc.Close(_descriptor);
}
