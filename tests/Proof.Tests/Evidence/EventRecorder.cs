using System.Net;
using System.Net.Sockets;
using Coordination.Proof.Worker;
using Coordination.Proof.Worker.Evidence;

namespace Coordination.Proof.Tests.Evidence;

/// <summary>
/// Keeps what the witnesses report. It lives in a process that is neither killed nor stopped; the end of a witness's connection is the
/// kernel's word that the process is gone, and is recorded as such.
/// </summary>
internal sealed class EventRecorder : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<ProofEvent> _events = [];
    private readonly Task _accepting;

    public EventRecorder()
    {
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Everything so far, in the order of arrival.</summary>
    public IReadOnlyList<ProofEvent> Events
    {
        get
        {
            lock (_gate)
                return [.. _events];
        }
    }

    /// <summary>The report of whoever is inside the section now; null if nobody is.</summary>
    public ProofEvent? Inside
    {
        get
        {
            lock (_gate)
            {
                ProofEvent? last = _events.FindLast(fact => fact.Kind is ProofEventKind.Enter or ProofEventKind.Leave or ProofEventKind.Gone);
                return last?.Kind == ProofEventKind.Enter ? last : null;
            }
        }
    }

    /// <summary>Whether a section has been left.</summary>
    public bool HasLeft(string section)
    {
        lock (_gate)
            return _events.Exists(fact => fact.Kind == ProofEventKind.Leave && string.Equals(fact.Section, section, StringComparison.Ordinal));
    }

    /// <summary>Whether a process that is gone had entered a section and never left it.</summary>
    public bool DiedInside(int process)
    {
        lock (_gate)
            return _events.FindLast(fact => fact.Process == process && fact.Kind is ProofEventKind.Enter or ProofEventKind.Leave)?.Kind == ProofEventKind.Enter;
    }

    /// <summary>How many events of a kind have come.</summary>
    public int Count(ProofEventKind kind)
    {
        lock (_gate)
            return _events.Count(fact => fact.Kind == kind);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient witness = await _listener.AcceptTcpClientAsync(_stopping.Token);

                // A thread of its own: a late look at the end of a connection would let a dead process seem to live on.
                new Thread(() => Listen(witness)) { IsBackground = true }.Start();
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proof is over.
        }
    }

    private void Listen(TcpClient witness)
    {
        int process = 0;
        try
        {
            using (witness)
            {
                witness.NoDelay = true;
                using var reader = new StreamReader(witness.GetStream());
                using var writer = new StreamWriter(witness.GetStream()) { AutoFlush = true };
                while (reader.ReadLine() is { } line)
                {
                    var fact = ProofEvent.FromLine(line);
                    process = fact.Process;
                    Add(fact);
                    if (fact.Kind == ProofEventKind.Enter)
                        writer.WriteLine("noted");
                }
            }
        }
        catch (Exception exception) when (exception is IOException or System.Text.Json.JsonException)
        {
            // Killed, perhaps in the middle of a line.
        }

        Add(new ProofEvent { Kind = ProofEventKind.Gone, At = BootClock.Now, Process = process });
    }

    private void Add(ProofEvent fact)
    {
        lock (_gate)
            _events.Add(fact);
    }
}
