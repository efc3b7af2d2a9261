using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Coordination.Recipes;

/// <summary>Compares options by value: by their own equality if they define one, otherwise property by property.</summary>
/// <typeparam name="T">The options.</typeparam>
internal sealed class ValueComparer<T> : IEqualityComparer<T>
{
    /// <summary>Deeper graphs are no options; beyond this, two objects count as different, which costs at most a repeated value.</summary>
    private const int MaxDepth = 16;

    public bool Equals(T? x, T? y) => AreEqual(x, y, MaxDepth);

    public int GetHashCode([DisallowNull] T obj) => 0;

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A property that trimming removed is one the application cannot read, so its change cannot matter.")]
    private static bool AreEqual(object? x, object? y, int depth)
    {
        if (ReferenceEquals(x, y))
            return true;
        if (x is null || y is null || x.GetType() != y.GetType() || depth == 0)
            return false;

        Type type = x.GetType();
        if (type.IsPrimitive || x is string || HasOwnEquality(type))
            return x.Equals(y);
        if (x is IDictionary left && y is IDictionary right)
            return left.Count == right.Count && left.Keys.Cast<object>().All(k => right.Contains(k) && AreEqual(left[k], right[k], depth - 1));
        if (x is IEnumerable first && y is IEnumerable second)
            return SequencesEqual(first, second, depth - 1);
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static p => p.CanRead && p.GetIndexParameters().Length == 0)
            .All(p => AreEqual(p.GetValue(x), p.GetValue(y), depth - 1));
    }

    private static bool SequencesEqual(IEnumerable first, IEnumerable second, int depth)
    {
        object?[] left = [.. first.Cast<object?>()];
        object?[] right = [.. second.Cast<object?>()];
        return left.Length == right.Length && left.Zip(right).All(pair => AreEqual(pair.First, pair.Second, depth));
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Only asks who declares Equals; a trimmed override is one nobody calls.")]
    private static bool HasOwnEquality(Type type) =>
        type.GetMethod(nameof(Equals), [typeof(object)])?.DeclaringType is { } declaring && declaring != typeof(object)
        && (type.IsEnum || declaring != typeof(ValueType));
}
