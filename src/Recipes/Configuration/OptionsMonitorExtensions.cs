using System.Diagnostics.CodeAnalysis;
using System.Reactive.Linq;
using Coordination.Recipes;

namespace Microsoft.Extensions.Options;

/// <summary>Options as an observable.</summary>
public static class CoordinationOptionsMonitorExtensions
{
    /// <summary>
    /// Follows options, from any configuration source: the present value on subscription, then each that differs from the one before,
    /// by value. Disposing the subscription ends it.
    /// </summary>
    /// <typeparam name="TOptions">The options.</typeparam>
    /// <param name="monitor">The monitor.</param>
    /// <param name="name">The name of the options; null for the default.</param>
    /// <param name="comparer">What is the same value. By default the type's own equality if it has one, otherwise that of its public properties.</param>
    /// <returns>The values. An invalid new value (one that validation refuses) is left out.</returns>
    public static IObservable<TOptions> Observe<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>(
        this IOptionsMonitor<TOptions> monitor, string? name = null, IEqualityComparer<TOptions>? comparer = null)
    {
        ArgumentNullException.ThrowIfNull(monitor);
        name ??= Options.DefaultName;
        return Observable
            .Create<TOptions>(observer =>
            {
                Lock gate = new();
                IDisposable? changes = monitor.OnChange((value, changed) =>
                {
                    if (string.Equals(changed ?? Options.DefaultName, name, StringComparison.Ordinal))
                    {
                        lock (gate)
                            observer.OnNext(value);
                    }
                });
                lock (gate)
                    observer.OnNext(monitor.Get(name));
                return changes ?? System.Reactive.Disposables.Disposable.Empty;
            })
            .DistinctUntilChanged(comparer ?? new ValueComparer<TOptions>());
    }
}
