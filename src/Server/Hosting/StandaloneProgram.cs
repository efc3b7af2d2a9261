using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Hosting;

/// <summary>The standalone server: reads its configuration, serves in the foreground, and ends with a documented code.</summary>
internal static class StandaloneProgram
{
    /// <summary>Runs until a signal or a failure.</summary>
    /// <param name="file">The configuration file, if one is given.</param>
    /// <param name="definitions">Arguments of the form <c>-Dname=value</c>.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string? file, IReadOnlyList<string> definitions)
    {
        // Beside the reading of the configuration, which says nothing before it is read: both are mostly compiling.
        Task<ILoggerFactory> creating = Task.Run(CreateLoggers);
        try
        {
            return await ServeAsync(file, definitions, creating);
        }
        catch (Exception e)
        {
            int code = ExitCode.Of(e);
            await Console.Error.WriteLineAsync(code == ExitCode.Unexpected ? e.ToString() : e.Message);
            return code;
        }
        finally
        {
            (await creating).Dispose();
        }
    }

    private static ILoggerFactory CreateLoggers() => LoggerFactory.Create(static logging => logging
        .AddSimpleConsole(static console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        })
        .AddFilter("Microsoft.AspNetCore", LogLevel.Warning));

    private static async Task<int> ServeAsync(string? file, IReadOnlyList<string> definitions, Task<ILoggerFactory> creating)
    {
        // Registered first: a signal during a long recovery must not be lost.
        TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);

        ServerConfiguration configuration = ServerConfiguration.Read(file, definitions, Environment.GetEnvironmentVariables());
        ILoggerFactory loggers = await creating;
        ServerLog log = new(loggers.CreateLogger("Coordination.Server"), new MonotonicClock(TimeProvider.System));
        foreach (string warning in configuration.Warnings)
            log.Configuration(warning);

        ServerSurroundings surroundings = new() { Loggers = loggers, OptionsAreValid = true };
        using CancellationTokenSource starting = new();
        Task<ServerHost> start = ServerHost.StartAsync(configuration.Options, surroundings, starting.Token);
        if (await Task.WhenAny(start, signal.Task) == signal.Task)
            await starting.CancelAsync();
        try
        {
            await start;
        }
        catch (OperationCanceledException) when (starting.IsCancellationRequested)
        {
            log.StoppedEarly();
            return ExitCode.Stopped;
        }

        await using ServerHost server = await start;
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
}
