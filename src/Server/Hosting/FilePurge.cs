using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>Deletes superfluous files, if that is wanted: after a snapshot on its thread, or on a thread of its own where there is no room for one.</summary>
internal sealed class FilePurge(Action<LoopInput> post, ReplicaLoopParts parts) : IDisposable
{
    private Thread? _thread;

    /// <summary>Deletes now. Files that stay cost space, and the next snapshot tries again; that is no reason to stop serving.</summary>
    /// <exception cref="DiskSyncException">Fatal: what is on disk is unknown.</exception>
    public static void Run(ReplicaLoopParts parts)
    {
        if (!parts.Purge)
            return;

        try
        {
            parts.Storage.Purge();
        }
        catch (StorageException e) when (e is not DiskSyncException)
        {
            parts.Log.NotPurged(e.Message);
        }
    }

    /// <summary>In a turn: begins to delete beside it, unless that is being done.</summary>
    public void Begin()
    {
        if (!parts.Purge || _thread is { IsAlive: true })
            return;

        _thread = new Thread(RunBeside) { IsBackground = true, Name = "Coordination purge" };
        _thread.Start();
    }

    /// <summary>After the last turn: waits, because the directory is somebody else's soon.</summary>
    public void Dispose()
    {
        if (_thread != Thread.CurrentThread)
            _thread?.Join();
    }

    private void RunBeside()
    {
        try
        {
            Run(parts);
        }
        catch (Exception e)
        {
            post(new LoopInput(LoopInputKind.Fault, e));
        }
    }
}
