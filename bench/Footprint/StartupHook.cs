using Coordination.Bench.Footprint;

/// <summary>What the runtime calls in a process whose environment names this assembly in DOTNET_STARTUP_HOOKS.</summary>
internal static class StartupHook
{
    public static void Initialize() => HeapReporter.Start();
}
