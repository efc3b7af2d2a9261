using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>The locks of one client.</summary>
/// <param name="context">What recipes work with.</param>
/// <param name="options">Base path and so on.</param>
internal sealed class DistributedLockProvider(RecipeContext context, LockOptions options) : IDistributedLockProvider
{
    private readonly ZnodePath _basePath = options.BasePath;

    public IDistributedLock CreateLock(string name) => new DistributedLock(context, name, LockName.ToPath(_basePath, name), options);

    public IDistributedLock CreateLockAt(ZnodePath path) => new DistributedLock(context, path.Value, path, options);
}
