using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Hosting;

/// <summary>The standalone server: reads its configuration, serves in the foreground, and ends with a documented code.</summary>
internal static class StandaloneProgram
{
    private const string Usage = """
        Usage: Coordination.Server [zoo.cfg] [-Dname=value ...]

        Without a file it serves 127.0.0.1:2181 and keeps its data in ./data.
        SIGTERM and SIGINT stop it in order. Exit codes: 0 stopped, 1 unexpected, 2 configuration,
        3 data directory in use, 4 data refused, 5 address refused, 10 disk failed.
        """;

    /// <summary>Runs until a signal or a failure.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is ["--help" or "-h" or "-?"])
        {
            Console.WriteLine(Usage);
            return ExitCode.Stopped;
        }

        if (arguments is ["--version"])
        {
            Console.WriteLine(ServerVersion.Full);
            return ExitCode.Stopped;
        }

        using ILoggerFactory loggers = LoggerFactory.Create(static logging => logging
            .AddSimpleConsole(static console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "yyyy-MM-dd HH:mm:ss.fff ";
                console.UseUtcTimestamp = true;
            })
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning));
        try
        {
            return await ServeAsync(arguments, loggers);
        }
        catch (Exception e)
        {
            int code = ExitCode.Of(e);
            await Console.Error.WriteLineAsync(code == ExitCode.Unexpected ? e.ToString() : e.Message);
            return code;
        }
    }

    private static async Task<int> ServeAsync(string[] arguments, ILoggerFactory loggers)
    {
        // Registered first: a signal during a long recovery must not be lost.
        TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenSource starting = new();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);

        ServerConfiguration configuration = ReadConfiguration(arguments);
        ServerLog log = new(loggers.CreateLogger("Coordination.Server"), new MonotonicClock(TimeProvider.System));
        foreach (string warning in configuration.Warnings)
            log.Configuration(warning);

        await using ServerHost server = await ServerHost.StartAsync(
            configuration.Options, new ServerSurroundings { Loggers = loggers }, starting.Token);
        Task ended = await Task.WhenAny(signal.Task, server.Faulted);
        if (ended == server.Faulted)
            return ExitCode.Of(await server.Faulted);

        await server.StopAsync(CancellationToken.None);
        return server.Faulted.IsCompleted ? ExitCode.Of(await server.Faulted) : ExitCode.Stopped;

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            signal.TrySetResult();
        }
    }

    private static ServerConfiguration ReadConfiguration(string[] arguments)
    {
        string[] files = [.. arguments.Where(static argument => !argument.StartsWith('-'))];
        string? strange = arguments.FirstOrDefault(static argument => argument.StartsWith('-') && !argument.StartsWith("-D", StringComparison.Ordinal));
        if (files.Length > 1 || strange is not null)
            throw new ServerConfigurationException($"{(strange is null ? "More than one configuration file" : $"Unknown option {strange}")}.\n{Usage}");

        return ServerConfiguration.Read(
            files.FirstOrDefault(), arguments.Where(static argument => argument.StartsWith('-')), Environment.GetEnvironmentVariables());
    }
}
