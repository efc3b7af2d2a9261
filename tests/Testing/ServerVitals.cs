namespace Coordination.Testing;

/// <summary>Our server as the operating system sees it.</summary>
public static class ServerVitals
{
    /// <summary>Starts one with the given tick; sessions of one tick to 60 s are granted, connections are not limited.</summary>
    public static Task<OwnServer> StartAsync(int tickTime, CancellationToken cancellationToken) =>
        OwnServer.StartAsync(new ServerProcessOptions { TickTime = tickTime }, cancellationToken);

    /// <summary>Memory in use, in bytes: pages that the process has in RAM.</summary>
    public static long ResidentBytes(this OwnServer server) =>
        long.Parse(File.ReadAllText($"/proc/{server.Process.Id}/statm").Split(' ')[1]) * Environment.SystemPageSize;

    /// <summary>Open descriptors.</summary>
    public static int Descriptors(this OwnServer server) => Directory.EnumerateFileSystemEntries($"/proc/{server.Process.Id}/fd").Count();

    /// <summary>Threads.</summary>
    public static int Threads(this OwnServer server) => Directory.EnumerateFileSystemEntries($"/proc/{server.Process.Id}/task").Count();

    /// <summary>Processor time used so far.</summary>
    public static TimeSpan CpuTime(this OwnServer server)
    {
        string stat = File.ReadAllText($"/proc/{server.Process.Id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11]) + long.Parse(fields[12])));
    }

    /// <summary>What the present process has said.</summary>
    public static string[] LogLines(this OwnServer server) =>
        $"{server.Process.Output}{server.Process.Error}".Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What there is to say about it when a proof stands still.</summary>
    public static string Describe(this OwnServer server)
    {
        try
        {
            return $"the server {(server.Process.HasExited ? $"has ended with {server.Process.ExitCode}" : "runs")};"
                + $" the end of its log:\n{string.Join('\n', server.LogLines().TakeLast(20))}";
        }
        catch (InvalidOperationException)
        {
            return "the server is stopped";
        }
    }
}
