using System.Diagnostics.CodeAnalysis;

namespace Coordination.Protocol;

/// <summary>
/// The absolute path of a znode, validated once. The rules are those of Apache ZooKeeper's <c>PathUtils</c>: it begins with <c>/</c>,
/// does not end with one (but the root), has no empty, <c>.</c> or <c>..</c> element and none of the forbidden characters.
/// </summary>
public readonly record struct ZnodePath : ISpanParsable<ZnodePath>, IComparable<ZnodePath>
{
    /// <summary>The path <c>/</c>.</summary>
    public static readonly ZnodePath Root = new("/", validated: true);

    private readonly string? _value;

    /// <summary>Validates <paramref name="path"/>.</summary>
    /// <param name="path">An absolute path.</param>
    /// <exception cref="ArgumentException">The path breaks a rule; the message says which.</exception>
    public ZnodePath(string path)
    {
        if (Violation(path) is { } reason)
            throw new ArgumentException($"'{path}' is no znode path: {reason}.", nameof(path));

        _value = path;
    }

    private ZnodePath(string path, bool validated)
    {
        _ = validated;
        _value = path;
    }

    /// <summary>The text. The default value is the root.</summary>
    public string Value => _value ?? "/";

    /// <summary>Whether this is <c>/</c>.</summary>
    public bool IsRoot => Value.Length == 1;

    /// <summary>The last element; empty for the root.</summary>
    public string Name => Value[(Value.LastIndexOf('/') + 1)..];

    /// <summary>The path without its last element.</summary>
    /// <exception cref="InvalidOperationException">The root has no parent.</exception>
    public ZnodePath Parent => IsRoot
        ? throw new InvalidOperationException("The root has no parent.")
        : new(ParentOf(Value), validated: true);

    /// <summary>Validates text that is written where a path is expected.</summary>
    /// <param name="path">An absolute path.</param>
    [SuppressMessage("Usage", "CA2225:Operator overloads have named alternates", Justification = "Parse is the named alternate.")]
    public static implicit operator ZnodePath(string path) => new(path);

    /// <summary>Appends one or more elements.</summary>
    /// <param name="parent">The path above.</param>
    /// <param name="child">One element, or several joined by <c>/</c>; a leading <c>/</c> is not doubled.</param>
    [SuppressMessage("Usage", "CA2225:Operator overloads have named alternates", Justification = "Child is the named alternate.")]
    public static ZnodePath operator /(ZnodePath parent, string child) => parent.Child(child);

    /// <summary>Appends one or more elements.</summary>
    /// <param name="child">One element, or several joined by <c>/</c>; a leading <c>/</c> is not doubled.</param>
    /// <returns>The longer path.</returns>
    public ZnodePath Child(string child)
    {
        ArgumentNullException.ThrowIfNull(child);
        string name = child.StartsWith('/') ? child[1..] : child;
        return new(IsRoot ? "/" + name : Value + "/" + name);
    }

    /// <summary>Whether this path is <paramref name="ancestor"/> or lies below it.</summary>
    /// <param name="ancestor">The upper path.</param>
    /// <returns>Whether it is.</returns>
    public bool IsAtOrBelow(ZnodePath ancestor) =>
        ancestor.IsRoot || Value == ancestor.Value
        || (Value.Length > ancestor.Value.Length && Value[ancestor.Value.Length] == '/' && Value.StartsWith(ancestor.Value, StringComparison.Ordinal));

    /// <summary>The part of a valid path before its last element; <c>/</c> for a top-level path.</summary>
    /// <param name="path">A valid path other than the root.</param>
    /// <returns>The parent's path.</returns>
    public static string ParentOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    /// <summary>Says what is wrong with a path.</summary>
    /// <param name="path">Any text.</param>
    /// <returns>Null if the path is valid, otherwise a clause such as <c>it ends with '/'</c>.</returns>
    public static string? Violation(string? path)
    {
        if (string.IsNullOrEmpty(path))
            return "it is empty";
        if (path[0] != '/')
            return "it does not begin with '/'";
        if (path.Length == 1)
            return null;
        if (path[^1] == '/')
            return "it ends with '/'";

        int elementStart = 1;
        for (int i = 1; i <= path.Length; i++)
        {
            if (i < path.Length && path[i] != '/')
            {
                if (IsForbidden(path[i]))
                    return $"U+{(int)path[i]:X4} at position {i} is not allowed";
                continue;
            }

            ReadOnlySpan<char> element = path.AsSpan(elementStart, i - elementStart);
            if (element.IsEmpty)
                return $"it has an empty element at position {elementStart}";
            if (element is "." or "..")
                return $"relative element '{element}' at position {elementStart}";
            elementStart = i + 1;
        }

        return null;
    }

    /// <inheritdoc/>
    public int CompareTo(ZnodePath other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>Compares by text, ordinal.</summary>
    /// <param name="other">The other path.</param>
    /// <returns>Whether both are the same path.</returns>
    public bool Equals(ZnodePath other) => string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text of the path.</summary>
    /// <returns>The same as <see cref="Value"/>.</returns>
    public override string ToString() => Value;

    /// <inheritdoc/>
    public static ZnodePath Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => new(s.ToString());

    /// <inheritdoc/>
    public static ZnodePath Parse(string s, IFormatProvider? provider) => new(s);

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out ZnodePath result) =>
        TryParse(s.ToString(), provider, out result);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ZnodePath result)
    {
        bool valid = s is not null && Violation(s) is null;
        result = valid ? new(s!, validated: true) : default;
        return valid;
    }

    private static bool IsForbidden(char c) =>
        c <= '\u001f' || c is (>= '\u007f' and <= '\u009f') or (>= '\ud800' and <= '\uf8ff') or >= '\ufff0';
}
