using System.Text;

namespace Coordination.Recipes;

/// <summary>A template of an address, for example <c>{scheme}://{address}:{port}</c>.</summary>
/// <param name="Parts">Literals and variables in order.</param>
public sealed record UriSpec(IReadOnlyList<UriPart> Parts)
{
    /// <summary>Reads a template. A name in braces is a variable.</summary>
    /// <param name="template">The template.</param>
    /// <returns>Its parts.</returns>
    /// <exception cref="FormatException">A brace is not closed.</exception>
    public static UriSpec Parse(string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        var parts = new List<UriPart>();
        int at = 0;
        while (at < template.Length)
        {
            int open = template.IndexOf('{', at);
            if (open < 0)
                open = template.Length;
            if (open > at)
                parts.Add(new(template[at..open], Variable: false));
            if (open == template.Length)
                break;
            int close = template.IndexOf('}', open);
            if (close < 0)
                throw new FormatException($"The brace at position {open} of '{template}' is not closed.");
            parts.Add(new(template[(open + 1)..close].Trim(), Variable: true));
            at = close + 1;
        }

        return new(parts);
    }

    /// <summary>Fills the template. Unknown variables vanish.</summary>
    /// <param name="instance">Whose values.</param>
    /// <param name="scheme">Overrides the scheme, which otherwise is <c>https</c> if there is a TLS port.</param>
    /// <returns>The text.</returns>
    public string Build(ServiceInstance instance, string? scheme = null)
    {
        ArgumentNullException.ThrowIfNull(instance);
        var text = new StringBuilder();
        foreach (UriPart part in Parts)
        {
            text.Append(!part.Variable ? part.Value : part.Value switch
            {
                "scheme" => scheme ?? (instance.SslPort is null ? "http" : "https"),
                "name" => instance.Name,
                "id" => instance.Id,
                "address" => HostOf(instance.Address),
                "port" => instance.Port?.ToString(),
                "ssl-port" => instance.SslPort?.ToString(),
                "registration-time-utc" => instance.RegisteredAt.ToUnixTimeMilliseconds().ToString(),
                "service-type" => ServiceInstanceJson.NameOf(instance.ServiceType).ToLowerInvariant(),
                "[" => "{",
                "]" => "}",
                _ => "",
            });
        }

        return text.ToString();
    }

    /// <summary>Compares part by part.</summary>
    /// <param name="other">The other template.</param>
    /// <returns>Whether both have the same parts.</returns>
    public bool Equals(UriSpec? other) => other is not null && Parts.SequenceEqual(other.Parts);

    /// <inheritdoc/>
    public override int GetHashCode() => Parts.Aggregate(0, static (hash, part) => HashCode.Combine(hash, part));

    /// <summary>Java writes scoped IPv6 addresses (<c>fe80::1%eth0</c>): without zone and in brackets they are a host.</summary>
    /// <param name="address">The address as registered.</param>
    /// <returns>What stands in a URI.</returns>
    internal static string HostOf(string? address)
    {
        if (address is null || !address.Contains(':', StringComparison.Ordinal) || address.StartsWith('['))
            return address ?? "";
        int zone = address.IndexOf('%', StringComparison.Ordinal);
        return $"[{(zone < 0 ? address : address[..zone])}]";
    }
}

/// <summary>One part of a <see cref="UriSpec"/>.</summary>
/// <param name="Value">The literal, or the variable's name.</param>
/// <param name="Variable">Whether it is a variable.</param>
public readonly record struct UriPart(string Value, bool Variable);
