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
    private readonly Process _process;
    private readonly string _directory;
    private readonly TextWriter _log;

    private ServerProcess(string name, Process process, IPEndPoint endPoint, string directory, TextWriter log)
    {
        Name = name;
        _process = process;
        EndPoint = endPoint;
        _directory = directory;
        _log = log;
    }

    public string Name { get; }

    public IPEndPoint EndPoint { get; }

    public int Id => _process.Id;

    /// <summary>Where its snapshots and logs are.</summary>
    public string DataFiles => Path.Combine(_directory, "data", "version-2");

    public LoadDriver Driver => new(EndPoint, Id);

    public SessionChurn Churn => new(EndPoint, Id);

    /// <summary>Starts a program and returns when it grants a session.</summary>
    /// <param name="name">As the tables call it.</param>
    /// <param name="directory">Exists; removed at the end.</param>
    /// <param name="start">Given the port, the command to run.</param>
    public static ServerProcess Start(string name, string directory, Func<int, ProcessStartInfo> start)
    {
        int port = FreePort();
        ProcessStartInfo info = start(port);
        info.WorkingDirectory = directory;
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(directory, "output.log")) { AutoFlush = true });
        Process process = Process.Start(info) ?? throw new InvalidOperationException($"{info.FileName} did not start.");
        process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerProcess(name, process, new IPEndPoint(IPAddress.Loopback, port), directory, log);
        try
        {
            server.AwaitSession();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = Libc.Kill(_process.Id, SignalTerminate);
            if (!_process.WaitForExit(5000))
                _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void AwaitSession()
    {
        long startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(startedAt) > TimeSpan.FromSeconds(40))
                throw new InvalidOperationException($"{Name} does not serve: {File.ReadAllText(Path.Combine(_directory, "output.log"))}");
            try
            {
                ControlConnection.Open(EndPoint).Dispose();
                return;
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                Thread.Sleep(50);
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
