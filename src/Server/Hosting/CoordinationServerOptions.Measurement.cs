using Coordination.Server.Hosting;
using Coordination.Server.Network;

namespace Coordination.Server;

/// <content>What no program needs to set: choices that measurements compare, and habits of files written for Apache.</content>
public sealed partial class CoordinationServerOptions
{
    internal LoopStrategy Loop { get; set; } = LoopStrategy.Posting;

    internal SyncStrategy Sync { get; set; } = SyncStrategy.InPlace;

    internal TransportKind Transport { get; set; } = OperatingSystem.IsLinux() ? TransportKind.Polling : TransportKind.Kestrel;

    internal bool InlineCompletions { get; set; }

    internal int Readers { get; set; } = 1;

    internal TimeSpan Spin { get; set; } = TimeSpan.FromMicroseconds(100);

    internal bool ReadOnlyMode { get; set; }
}
