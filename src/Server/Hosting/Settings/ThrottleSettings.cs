namespace Coordination.Server.Hosting.Settings;

/// <summary>Limits that turn away, off unless they are asked for. Apache knows them by two names, of which its own server reads the second.</summary>
internal static class ThrottleSettings
{
    public static SettingGroup Throttles { get; } = new("Throttles",
    [
        Setting.Number("requestThrottleLimit", "requests", (0, int.MaxValue), o => o.RequestThrottleLimit, (o, v) => o.RequestThrottleLimit = (int)v,
            "being worked on before reading stops, like `globalOutstandingLimit`: the smaller one counts; 0 is no limit")
            with { Aliases = ["request_throttle_max_requests"] },
        Setting.Number("largeRequestThreshold", "bytes", (-1, int.MaxValue), o => o.LargeRequestThreshold, (o, v) => o.LargeRequestThreshold = (int)v,
            "above which a request is a large one; -1: none is"),
        Setting.Number("largeRequestMaxBytes", "bytes", (1, int.MaxValue), o => o.LargeRequestMaxBytes, (o, v) => o.LargeRequestMaxBytes = (int)v,
            "of large requests that are under way; the connection of a further one is closed"),
        Setting.Number("connectionMaxTokens", "tokens", (0, int.MaxValue), o => o.ConnectionThrottle.Tokens, (o, v) => o.ConnectionThrottle.Tokens = (int)v,
            "in the bucket that opening a session takes from; who finds too few is turned away; 0 switches this off")
            with { Aliases = ["connection_throttle_tokens"] },
        Setting.Milliseconds("connectionTokenFillTime", (1, int.MaxValue), o => o.ConnectionThrottle.FillTime, (o, v) => o.ConnectionThrottle.FillTime = v,
            "from one filling of the bucket to the next")
            with { Aliases = ["connection_throttle_fill_time"] },
        Setting.Number("connectionTokenFillCount", "tokens", (1, int.MaxValue), o => o.ConnectionThrottle.FillCount,
            (o, v) => o.ConnectionThrottle.FillCount = (int)v, "of each filling")
            with { Aliases = ["connection_throttle_fill_count"] },
        Setting.Number("connectionFreezeTime", "ms", (-1, int.MaxValue), o => (long)(o.ConnectionThrottle.FreezeTime?.TotalMilliseconds ?? -1),
            (o, v) => o.ConnectionThrottle.FreezeTime = v < 0 ? null : TimeSpan.FromMilliseconds(v),
            "from one adjustment of the probability of dropping to the next; -1: nothing is dropped at random")
            with { Aliases = ["connection_throttle_freeze_time"] },
        Setting.Fraction("connectionDropIncrease", (0, 1), o => o.ConnectionThrottle.DropIncrease, (o, v) => o.ConnectionThrottle.DropIncrease = v,
            "growth of that probability while the bucket is empty")
            with { Aliases = ["connection_throttle_drop_increase"] },
        Setting.Fraction("connectionDropDecrease", (0, 1), o => o.ConnectionThrottle.DropDecrease, (o, v) => o.ConnectionThrottle.DropDecrease = v,
            "its fall otherwise")
            with { Aliases = ["connection_throttle_drop_decrease"] },
        Setting.Fraction("connectionDecreaseRatio", (0, 1), o => o.ConnectionThrottle.DecreaseRatio, (o, v) => o.ConnectionThrottle.DecreaseRatio = v,
            "share of the bucket that may be missing for it to fall")
            with { Aliases = ["connection_throttle_decrease_ratio"] },
        Setting.Switch("connection_throttle_weight_enabled", o => o.ConnectionThrottle.Weighted, (o, v) => o.ConnectionThrottle.Weighted = v,
            "whether new and returning sessions cost what follows, or one token each"),
        Setting.Number("connection_throttle_global_session_weight", "tokens", (1, int.MaxValue), o => o.ConnectionThrottle.NewSessionWeight,
            (o, v) => o.ConnectionThrottle.NewSessionWeight = (int)v, "for a new session"),
        Setting.Number("connection_throttle_renew_session_weight", "tokens", (1, int.MaxValue), o => o.ConnectionThrottle.ReturningSessionWeight,
            (o, v) => o.ConnectionThrottle.ReturningSessionWeight = (int)v, "for a session that comes back"),
    ]);
}
