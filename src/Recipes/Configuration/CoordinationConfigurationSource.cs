using Coordination.Client;
using Coordination.Protocol;
using Microsoft.Extensions.Configuration;

namespace Coordination.Recipes;

/// <summary>
/// A subtree as configuration. The provider has a client of its own, since configuration is read before services exist; its log lines
/// are kept and handed to the application's log by <c>services.AddCoordinationLiveOptions()</c>.
/// </summary>
public sealed class CoordinationConfigurationSource : IConfigurationSource
{
    /// <summary>The servers, with a chroot if there is one: <c>h1:2181,h2:2181/shop</c>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>The znode whose subtree is read.</summary>
    public string Root { get; set; } = "/config";

    /// <summary>How znodes become keys.</summary>
    public ConfigurationLayout Layout { get; set; }

    /// <summary>
    /// Starts without values if no server can be reached in time or the root is absent, and fills itself later. Otherwise the first load
    /// throws, unless <see cref="FallbackFile"/> helps.
    /// </summary>
    public bool Optional { get; set; }

    /// <summary>Follows changes. If false, the values of the first successful load stay.</summary>
    public bool ReloadOnChange { get; set; } = true;

    /// <summary>How long the subtree must be quiet before a change is loaded, so that a burst of writes is one reload.</summary>
    public TimeSpan ReloadDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long the first load may block the start of the application.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A file that keeps the last known values (readable by its owner only) and is read when no server can be reached at start.</summary>
    public string? FallbackFile { get; set; }

    /// <summary>Credentials to present.</summary>
    public IList<CoordinationCredential> Credentials { get; } = [];

    /// <summary>Makes the client; set by tests.</summary>
    internal Func<CoordinationConfigurationSource, ICoordinationClient>? ClientFactory { get; set; }

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        if (ZnodePath.Violation(Root) is { } reason)
            throw new InvalidOperationException($"The configuration root '{Root}' is no znode path: {reason}.");
        if (ReloadDelay < TimeSpan.Zero || ConnectTimeout <= TimeSpan.Zero)
            throw new InvalidOperationException("ReloadDelay must not be negative, and ConnectTimeout must be positive.");
        return new CoordinationConfigurationProvider(this);
    }
}
