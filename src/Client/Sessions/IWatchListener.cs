using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>What a listener wants to hear of.</summary>
internal enum WatchKind
{
    /// <summary>Creation, deletion and data of one znode.</summary>
    Data,

    /// <summary>The names of one znode's children.</summary>
    Children,

    /// <summary>Creation, deletion and data of a znode and everything below.</summary>
    Recursive,
}

/// <summary>Hears of events on the session's own thread: it must note them and return.</summary>
internal interface IWatchListener
{
    /// <summary>Something changed; what exactly must be read.</summary>
    /// <param name="type">What happened.</param>
    /// <param name="path">Where, on the server.</param>
    void OnEvent(WatchEventType type, string path);

    /// <summary>The connection is lost: events may be missed from now on.</summary>
    void OnSuspended();

    /// <summary>A connection stands again and the watches are set anew. Read again.</summary>
    void OnReconnected();

    /// <summary>The watch is no longer there, though nothing happened. Read again with a watch.</summary>
    void OnDisarmed();
}
