namespace Coordination.Server.Operations;

/// <summary>What a notice is about.</summary>
internal enum NoticeKind
{
    /// <summary>A write goes beyond a quota.</summary>
    QuotaExceeded,

    /// <summary>The numbers of a parent's sequential children come to their end.</summary>
    SequenceNearlyExhausted,

    /// <summary>They have come to it: sequential creates are refused.</summary>
    SequenceExhausted,
}

/// <summary>Something that whoever runs the server should know, found while a request was judged. The core has no logger.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Text">In words.</param>
internal readonly record struct Notice(NoticeKind Kind, string Text);
