namespace Coordination.Client;

/// <summary>What the engine must know about a kind of view.</summary>
/// <typeparam name="TView">The view.</typeparam>
internal abstract class ViewTraits<TView>
    where TView : class
{
    /// <summary>The transaction that created what is seen; null while it is absent.</summary>
    public abstract long? Identity(TView view);

    /// <summary>Whether both show the same state.</summary>
    public abstract bool SameState(TView left, TView right);

    /// <summary>The view's freshness.</summary>
    public abstract Freshness FreshnessOf(TView view);

    /// <summary>The same view with another freshness.</summary>
    public abstract TView With(TView view, Freshness freshness);

    /// <summary>The view of the absent znode.</summary>
    public abstract TView Absent(TView view);
}

/// <summary>Views of a znode.</summary>
internal sealed class ZnodeViewTraits : ViewTraits<ZnodeView>
{
    /// <summary>The only one.</summary>
    public static readonly ZnodeViewTraits Instance = new();

    /// <inheritdoc/>
    public override long? Identity(ZnodeView view) => view.Current?.Stat.Czxid;

    /// <inheritdoc/>
    public override bool SameState(ZnodeView left, ZnodeView right) =>
        left.Current?.Stat.Czxid == right.Current?.Stat.Czxid && left.Current?.Stat.Mzxid == right.Current?.Stat.Mzxid;

    /// <inheritdoc/>
    public override Freshness FreshnessOf(ZnodeView view) => view.Freshness;

    /// <inheritdoc/>
    public override ZnodeView With(ZnodeView view, Freshness freshness) => view with { Freshness = freshness };

    /// <inheritdoc/>
    public override ZnodeView Absent(ZnodeView view) => view with { Current = null };
}

/// <summary>Views of children.</summary>
internal sealed class ChildrenViewTraits : ViewTraits<ChildrenView>
{
    /// <summary>The only one.</summary>
    public static readonly ChildrenViewTraits Instance = new();

    /// <inheritdoc/>
    public override long? Identity(ChildrenView view) => view.Current?.Stat.Czxid;

    /// <inheritdoc/>
    public override bool SameState(ChildrenView left, ChildrenView right) =>
        left.Current?.Stat.Czxid == right.Current?.Stat.Czxid && left.Current?.Stat.Pzxid == right.Current?.Stat.Pzxid;

    /// <inheritdoc/>
    public override Freshness FreshnessOf(ChildrenView view) => view.Freshness;

    /// <inheritdoc/>
    public override ChildrenView With(ChildrenView view, Freshness freshness) => view with { Freshness = freshness };

    /// <inheritdoc/>
    public override ChildrenView Absent(ChildrenView view) => view with { Current = null };
}
