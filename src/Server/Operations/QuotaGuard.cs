using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>
/// Holds writes against the quota above them. A hard limit refuses where it is enforced; a soft one, and a hard one that is not, is
/// reported, at most once a minute for each quota. As Apache's, it looks at usage that is committed, so writes that are sent together can
/// overshoot.
/// </summary>
internal sealed class QuotaGuard(DataTree tree, QuotaTable quotas, bool enforce, List<Notice> notices)
{
    private const long ReportInterval = 60_000;

    /// <summary>Whether a znode may be created.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="length">Bytes of its data.</param>
    /// <param name="now">The time of the transaction, in milliseconds.</param>
    public bool AllowsCreate(string path, int length, long now) => quotas.IsEmpty || Allows(path, length, 1, now);

    /// <summary>Whether the data of a znode may be replaced.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="znode">The znode as it will be.</param>
    /// <param name="length">Bytes of the new data.</param>
    /// <param name="now">The time of the transaction, in milliseconds.</param>
    public bool AllowsSet(string path, in ZnodeView znode, int length, long now) =>
        quotas.IsEmpty || Allows(path, length - znode.DataLength, 0, now);

    private bool Allows(string path, int bytes, int count, long now)
    {
        if (quotas.Find(path) is not { } quota
            || tree.Find(quota.LimitsPath) is not { } limitsAt
            || tree.Find(quota.UsagePath) is not { } usageAt)
        {
            return true;
        }

        QuotaText limits = QuotaText.Read(limitsAt.Data.Span);
        QuotaText usage = QuotaText.Read(usageAt.Data.Span);
        return (count == 0 || IsWithin(quota, "count", "CountLimit", usage.Count + count, limits.Count, limits.CountHardLimit, now))
            && (bytes == 0 || IsWithin(quota, "bytes", "ByteLimit", usage.Bytes + bytes, limits.Bytes, limits.ByteHardLimit, now));
    }

    /// <summary>A hard limit takes the place of a soft one beside it.</summary>
    private bool IsWithin(Quota quota, string what, string limitName, long wanted, long softLimit, long? hardLimit, long now)
    {
        bool isHard = hardLimit > -1;
        long limit = isHard ? hardLimit!.Value : softLimit;
        if (limit <= -1 || wanted <= limit)
            return true;

        Report(quota, now, $"{quota.Path} [current {what}={wanted}, {(isHard ? "hard" : "soft")}{limitName}={limit}]");
        return !(isHard && enforce);
    }

    private void Report(Quota quota, long now, string text)
    {
        if (quota.ReportedAt is { } before && now >= before && now - before < ReportInterval)
            return;

        quota.ReportedAt = now;
        notices.Add(new Notice(NoticeKind.QuotaExceeded, text));
    }
}
