using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coordination.Bench.Load;
using Coordination.Bench.Native;

namespace Coordination.Bench.Targets;

/// <summary>A server under measurement: a child process on a free loopback port with a data directory of its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int SignalTerminate = 15;
    private const int FirstPort = 15_000;
    private const int EndOfPorts = 32_000;
    private readonly Func<int, ProcessStartInfo> _start;
    private readonly string _directory;
    private readonly TextWriter _log;
    private Process _process;

    private ServerProcess(string name, IPEndPoint endPoint, string directory, Func<int, ProcessStartInfo> start)
    {
        Name = name;
        EndPoint = endPoint;
        _directory = directory;
        _start = start;
        _log = TextWriter.Synchronized(new StreamWriter(Path.Combine(directory, "output.log")) { AutoFlush = true });
        _process = Run();
    }

    public string Name { get; }

    public IPEndPoint EndPoint { get; }

    public int Id => _process.Id;

    /// <summary>Where its snapshots and logs are.</summary>
    public string DataFiles => Path.Combine(_directory, "data", "version-2");

    /// <summary>From the last start of the program until it granted a session.</summary>
    public TimeSpan TimeToAnswer { get; private set; }

    public LoadDriver Driver => new(EndPoint, Id);

    public SessionChurn Churn => new(EndPoint, Id);

    /// <summary>Starts a program and returns when it grants a session.</summary>
    /// <param name="name">As the tables call it.</param>
    /// <param name="directory">Exists; removed at the end.</param>
    /// <param name="start">Given the port, the command to run.</param>
    public static ServerProcess Start(string name, string directory, Func<int, ProcessStartInfo> start)
    {
        long startedAt = Stopwatch.GetTimestamp();
        var server = new ServerProcess(name, new IPEndPoint(IPAddress.Loopback, FreePort()), directory, start);
        try
        {
            server.AwaitSession(startedAt);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Stops the program in order and starts it again on its data.</summary>
    public void Restart()
    {
        Stop(TimeSpan.FromSeconds(60));
        _process.Dispose();
        long startedAt = Stopwatch.GetTimestamp();
        _process = Run();
        AwaitSession(startedAt);
    }

    public void Dispose()
    {
        Stop(TimeSpan.FromSeconds(5));
        _process.Dispose();
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Stop(TimeSpan patience)
    {
        if (_process.HasExited)
            return;
        _ = Libc.Kill(_process.Id, SignalTerminate);
        if (!_process.WaitForExit(patience))
            _process.Kill();
        _process.WaitForExit();
    }

    private Process Run()
    {
        ProcessStartInfo info = _start(EndPoint.Port);
        info.WorkingDirectory = _directory;
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        Process process = Process.Start(info) ?? throw new InvalidOperationException($"{info.FileName} did not start.");
        process.OutputDataReceived += (_, line) => _log.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => _log.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    // A server that is about to start may take a connection and forget the request: it is asked again before long.
    private void AwaitSession(long startedAt)
    {
        int patience = 100;
        while (true)
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(startedAt) > TimeSpan.FromSeconds(60))
                throw new InvalidOperationException($"{Name} does not serve: {File.ReadAllText(Path.Combine(_directory, "output.log"))}");
            try
            {
                using ControlConnection session = ControlConnection.Open(EndPoint, patience);
                TimeToAnswer = Stopwatch.GetElapsedTime(startedAt);
                return;
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                if (error is SocketException { SocketErrorCode: SocketError.WouldBlock or SocketError.TimedOut })
                    patience = Math.Min(patience * 2, 10_000);
                Thread.Sleep(2);
            }
        }
    }

    // Below the range from which the system takes ports for clients: whoever asks such a port again and again whether a server is
    // there yet is sooner or later connected with himself, and keeps the server from listening.
    private static int FreePort()
    {
        while (true)
        {
            int port = Random.Shared.Next(FirstPort, EndOfPorts);
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
