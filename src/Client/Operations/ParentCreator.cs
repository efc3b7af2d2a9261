using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>Creates missing parents as containers, as Curator does: from the deepest existing ancestor down, ignoring those that appear meanwhile.</summary>
/// <param name="operations">The operations.</param>
internal sealed class ParentCreator(ZnodeOperations operations)
{
    private static readonly CreateOptions Container = new() { Kind = CreateKind.Container };
    private static readonly CreateOptions Persistent = new();

    private volatile bool _containersUnknown;

    /// <summary>Makes sure that a path exists.</summary>
    /// <param name="path">The last one to create.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>A task.</returns>
    public async ValueTask EnsureAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        // From the leaf upwards, so that no permission on the upper ancestors is needed.
        var missing = new Stack<ZnodePath>();
        ZnodePath at = path;
        while (true)
        {
            ErrorCode error = await CreateAsync(at, cancellationToken);
            if (error is ErrorCode.Ok or ErrorCode.NodeExists)
                break;
            if (error != ErrorCode.NoNode)
                throw Refusal.Of(error, "create", at);

            missing.Push(at);
            if (at.IsRoot)
                throw new ZnodeNotFoundException(at);
            at = at.Parent;
            if (at.IsRoot)
            {
                await EnsureChrootAsync(cancellationToken);
                break;
            }
        }

        while (missing.TryPop(out ZnodePath next))
        {
            ErrorCode error = await CreateAsync(next, cancellationToken);

            // A container above may have been reaped meanwhile; the caller starts over then.
            if (error is not (ErrorCode.Ok or ErrorCode.NodeExists or ErrorCode.NoNode))
                throw Refusal.Of(error, "create", next);
        }
    }

    private async ValueTask<ErrorCode> CreateAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        if (path.IsRoot)
            return ErrorCode.NodeExists;

        while (true)
        {
            try
            {
                CreateOptions options = _containersUnknown ? Persistent : Container;
                Reply<Create2Response> reply = await operations.CreateOnceAsync(path, [], options, cancellationToken);
                if (reply.Error != ErrorCode.Unimplemented || _containersUnknown)
                    return reply.Error;
                _containersUnknown = true;
            }
            catch (OutcomeUnknownException)
            {
                // Creating it once more is harmless: it is there, or it is made.
            }
        }
    }

    private async ValueTask EnsureChrootAsync(CancellationToken cancellationToken)
    {
        string chroot = operations.Paths.Chroot;
        for (int slash = 0; chroot.Length > 0 && slash >= 0;)
        {
            slash = chroot.IndexOf('/', slash + 1);
            string part = slash < 0 ? chroot : chroot[..slash];
            PendingRequest request = Requests.Create(part, [], Container, ZnodePath.Root, out Task<Reply<Create2Response>> answer);
            operations.Loop.Send(request);
            Reply<Create2Response> reply = await answer.WaitAsync(cancellationToken);
            if (reply.Error is not (ErrorCode.Ok or ErrorCode.NodeExists or ErrorCode.NoAuth))
                throw new CoordinationException(reply.Error, $"The chroot {part} could not be created: {reply.Error}.");
        }
    }
}
