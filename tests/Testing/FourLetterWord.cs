using System.Net.Sockets;
using System.Text;

namespace Coordination.Testing;

/// <summary>Asks a server's client port in plain text.</summary>
public static class FourLetterWord
{
    /// <summary>Sends a word to a port of 127.0.0.1 and reads until the server closes.</summary>
    /// <param name="port">The client port.</param>
    /// <param name="word">Four letters.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The answer.</returns>
    public static async Task<string> AskAsync(int port, string word, CancellationToken cancellationToken = default)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, cancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(word), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(cancellationToken);
    }
}
