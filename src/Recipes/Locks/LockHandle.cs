using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>The user's side of a <see cref="Hold"/>.</summary>
/// <param name="hold">The hold.</param>
internal sealed class LockHandle(Hold hold) : IDistributedLockHandle
{
    private int _disposed;

    public ZnodePath? HolderPath => Checked.HolderPath;

    public CancellationToken HandleLostToken => Checked.HandleLostToken;

    public long FencingToken => Checked.FencingToken;

    public TimeSpan SafeFor => Checked.SafeFor;

    private Hold Checked
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, typeof(IDistributedLockHandle));
            return hold;
        }
    }

    public ValueTask<bool> ConfirmAsync(CancellationToken cancellationToken = default) => hold.ConfirmAsync(cancellationToken);

    public void Dispose()
    {
        Volatile.Write(ref _disposed, 1);
        _ = hold.ReleaseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Volatile.Write(ref _disposed, 1);
        await CallerContext.Leave();
        await hold.ReleaseAsync();
    }
}
