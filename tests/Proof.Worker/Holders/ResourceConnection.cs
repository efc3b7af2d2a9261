using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Coordination.Proof.Worker.Holders;

/// <summary>A write to the guarded resource.</summary>
/// <param name="Section">Whose.</param>
/// <param name="Process">The holder's process.</param>
/// <param name="FencingToken">The number that the resource compares.</param>
/// <param name="Mark">The znode that lives as long as the holder's session.</param>
internal sealed record ResourceWrite(string Section, int Process, long FencingToken, string Mark);

/// <summary>A holder's connection to the guarded resource. Asks one thing at a time.</summary>
internal sealed class ResourceConnection : IDisposable
{
    public const string AcceptedAnswer = "accepted";

    private readonly TcpClient _connection = new() { NoDelay = true };
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly StreamReader _reader;
    private readonly StreamWriter _writer;

    private ResourceConnection(int port)
    {
        _connection.Connect(IPAddress.Loopback, port);
        _reader = new StreamReader(_connection.GetStream());
        _writer = new StreamWriter(_connection.GetStream());
    }

    public static ResourceConnection Open(int port) => new(port);

    /// <summary>Writes.</summary>
    /// <returns>Whether the resource accepted the number.</returns>
    public async Task<bool> WriteAsync(string section, long fencingToken, string mark)
    {
        await _gate.WaitAsync();
        try
        {
            await _writer.WriteLineAsync(JsonSerializer.Serialize(new ResourceWrite(section, Environment.ProcessId, fencingToken, mark)));
            await _writer.FlushAsync();
            string answer = await _reader.ReadLineAsync() ?? throw new IOException("The resource is gone.");
            return string.Equals(answer, AcceptedAnswer, StringComparison.Ordinal);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _reader.Dispose();
        _gate.Dispose();
    }
}
