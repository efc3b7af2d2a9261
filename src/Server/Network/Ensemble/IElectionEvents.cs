using System.Net;

namespace Coordination.Server.Network.Ensemble;

/// <summary>What the election transport tells its owner. Called from any thread; nothing here may block.</summary>
internal interface IElectionEvents
{
    /// <summary>There is something to take, where there was nothing.</summary>
    void Arrived();

    /// <summary>A server could not be connected to.</summary>
    void OpenFailed(long server, string reason);

    /// <summary>A connection was closed for what came over it.</summary>
    void Refused(EndPoint? remote, string reason);

    /// <summary>The transport cannot accept any more; without elections the server cannot go on.</summary>
    void Failed(Exception reason);
}
