using System.Net;
using System.Net.Sockets;

namespace Coordination.Proof.Worker.Evidence;

/// <summary>
/// Reports to the recorder, which is another process. What has been handed to the kernel arrives even if this process is killed next;
/// <see cref="EnterAsync"/> waits until the recorder has it, so that nothing is ever done in a section nobody knows of.
/// </summary>
internal sealed class Witness : IDisposable
{
    private readonly TcpClient _connection = new() { NoDelay = true };
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    private Witness(int port)
    {
        _connection.Connect(IPAddress.Loopback, port);
        _reader = new StreamReader(_connection.GetStream());
        _writer = new StreamWriter(_connection.GetStream()) { AutoFlush = false };
    }

    public static async Task<Witness> ConnectAsync(int port)
    {
        var witness = new Witness(port);
        await witness.ReportAsync(new ProofEvent { Kind = ProofEventKind.Hello, At = BootClock.Now });
        return witness;
    }

    public Task EnterAsync(ProofEvent fact) => SendAsync(fact, acknowledged: true);

    public Task ReportAsync(ProofEvent fact) => SendAsync(fact, acknowledged: false);

    public void Dispose()
    {
        _connection.Dispose();
        _reader.Dispose();
        _gate.Dispose();
    }

    private async Task SendAsync(ProofEvent fact, bool acknowledged)
    {
        string line = (fact with { Process = Environment.ProcessId }).ToLine();
        await _gate.WaitAsync();
        try
        {
            await _writer.WriteLineAsync(line);
            await _writer.FlushAsync();
            if (acknowledged && await _reader.ReadLineAsync() is null)
                throw new IOException("The recorder is gone.");
        }
        finally
        {
            _gate.Release();
        }
    }
}
