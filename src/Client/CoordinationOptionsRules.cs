namespace Coordination.Client;

/// <summary>What options must satisfy, single members and in combination.</summary>
internal static class CoordinationOptionsRules
{
    private static readonly TimeSpan LeastSessionTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestSpan = TimeSpan.FromDays(1);

    /// <summary>Every violation, each a sentence that names the member.</summary>
    /// <param name="options">The options.</param>
    /// <returns>The violations.</returns>
    public static IEnumerable<string> Violations(CoordinationOptions options)
    {
        if (options.ConnectionString.Length > 0 && ParseError(options.ConnectionString) is { } error)
            yield return $"{nameof(options.ConnectionString)}: {error}";
        if (options.SessionTimeout < LeastSessionTimeout || options.SessionTimeout > LongestSpan)
            yield return $"{nameof(options.SessionTimeout)} must be 100 ms to 1 day, not {options.SessionTimeout}.";
        if (options.ConnectTimeout <= TimeSpan.Zero || options.ConnectTimeout > LongestSpan)
            yield return $"{nameof(options.ConnectTimeout)} must be above 0 and at most 1 day, not {options.ConnectTimeout}.";
        if (options.OperationTimeout <= TimeSpan.Zero || options.OperationTimeout > LongestSpan)
            yield return $"{nameof(options.OperationTimeout)} must be above 0 and at most 1 day, not {options.OperationTimeout}.";
        if (options.LostSafetyMargin < TimeSpan.Zero)
            yield return $"{nameof(options.LostSafetyMargin)} must not be negative.";
        else if (options.LostSafetyMargin > TimeSpan.FromSeconds(1) && options.LostSafetyMargin > options.SessionTimeout / 3)
            yield return $"{nameof(options.LostSafetyMargin)} must be at most a third of {nameof(options.SessionTimeout)}, or one second.";
        if (options.MaxReplySize < 1024)
            yield return $"{nameof(options.MaxReplySize)} must be at least 1024 bytes.";
        foreach (CoordinationCredential credential in options.Credentials)
        {
            if (string.IsNullOrEmpty(credential.Scheme))
                yield return $"{nameof(options.Credentials)}: a scheme is missing.";
        }
    }

    /// <summary>The first violation.</summary>
    /// <param name="options">The options.</param>
    /// <returns>A sentence, or null.</returns>
    public static string? FirstViolation(CoordinationOptions options) => Violations(options).FirstOrDefault();

    private static string? ParseError(string connectionString)
    {
        try
        {
            ServerList.Parse(connectionString);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }
}
