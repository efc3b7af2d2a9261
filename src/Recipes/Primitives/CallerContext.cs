using System.Runtime.CompilerServices;

namespace Coordination.Recipes;

/// <summary>
/// Leaves the caller's synchronization context and task scheduler: <c>await CallerContext.Leave();</c> as the first line of a public
/// member, after which no continuation inside the library can need the caller's thread.
/// </summary>
internal static class CallerContext
{
    /// <summary>Continues at once where there is nothing to leave, otherwise on the pool.</summary>
    /// <returns>What to await.</returns>
    public static LeaveAwaitable Leave() => default;

    /// <summary>See <see cref="Leave"/>.</summary>
    internal readonly struct LeaveAwaitable : ICriticalNotifyCompletion
    {
        public bool IsCompleted => SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default;

        public LeaveAwaitable GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => ThreadPool.QueueUserWorkItem(static a => a(), continuation, preferLocal: false);

        public void UnsafeOnCompleted(Action continuation) => ThreadPool.UnsafeQueueUserWorkItem(static a => a(), continuation, preferLocal: false);
    }
}
