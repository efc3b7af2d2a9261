using System.Globalization;
using System.Text;
using Coordination.Client;
using Coordination.Protocol;
using Coordination.Recipes;

namespace LiveBoard;

/// <summary>Runs on one instance at a time. Its work is to count, guarded by its term: who leads no longer cannot raise the number.</summary>
internal sealed class BoardLeader(ICoordinationClient client) : ElectedBackgroundService
{
    public const string ElectionPath = "/liveboard/election";
    public static readonly ZnodePath CounterPath = "/liveboard/counter";

    private CancellationTokenSource? _term;

    /// <summary>Ends the present term, if this instance leads; another instance takes over.</summary>
    public void Resign() => Volatile.Read(ref _term)?.Cancel();

    protected override async Task ExecuteAsync(LeaderTerm term, CancellationToken stoppingToken)
    {
        using var resigned = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Volatile.Write(ref _term, resigned);
        try
        {
            await CountAsync(term, resigned.Token);
        }
        catch (OperationCanceledException) when (resigned.IsCancellationRequested)
        {
            // Resigned, deposed, or the application stops. Returning ends the term.
        }
        finally
        {
            Volatile.Write(ref _term, null);
        }
    }

    private async Task CountAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        Znode counter = await client.TryGetAsync(CounterPath, cancellationToken)
            ?? await client.CreateAsync(CounterPath, "0"u8.ToArray(), new() { CreateParents = true }, cancellationToken);
        int count = ReadCount(counter);
        TransactionOutcome outcome;
        do
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            byte[] next = Encoding.UTF8.GetBytes((++count).ToString(CultureInfo.InvariantCulture));
            outcome = await client.BeginTransaction().GuardedBy(term).Set(CounterPath, next).CommitAsync(cancellationToken);
        }
        while (outcome.Committed);
    }

    public static int ReadCount(Znode? counter) =>
        counter is not null && int.TryParse(counter.Data.Span, CultureInfo.InvariantCulture, out int count) ? count : 0;
}
