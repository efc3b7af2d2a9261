using System.Net;

namespace Coordination.Server.Network;

/// <summary>Counts connections, per address and altogether, against their limits. Used by the accepting side, on any thread.</summary>
/// <param name="perAddress"><c>maxClientCnxns</c>; 0 is no limit.</param>
/// <param name="total"><c>maxCnxns</c>; 0 is no limit.</param>
internal sealed class ConnectionCounter(int perAddress, int total)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _count;

    /// <summary>Counts a connection in, unless a limit forbids it.</summary>
    public ConnectionLimit TryEnter(IPAddress address)
    {
        lock (_gate)
        {
            if (total > 0 && _count >= total)
                return ConnectionLimit.Total;

            if (perAddress > 0)
            {
                int ofAddress = _byAddress.GetValueOrDefault(address);
                if (ofAddress >= perAddress)
                    return ConnectionLimit.PerAddress;
                _byAddress[address] = ofAddress + 1;
            }

            _count++;
            return ConnectionLimit.None;
        }
    }

    /// <summary>Counts a connection out again.</summary>
    public void Leave(IPAddress address)
    {
        lock (_gate)
        {
            _count--;
            if (perAddress <= 0 || !_byAddress.TryGetValue(address, out int ofAddress))
                return;

            if (ofAddress <= 1)
                _byAddress.Remove(address);
            else
                _byAddress[address] = ofAddress - 1;
        }
    }
}
