using Coordination.Client;
using Coordination.Proof.Worker.Evidence;

namespace Coordination.Proof.Worker.Holders;

/// <summary>A process with several contenders for one lock over one client, as an application has it.</summary>
internal static class ContendingProcess
{
    public static async Task RunAsync(Settings settings, CancellationToken stop)
    {
        await using CoordinationClient client = CoordinationClient.Create(
            settings.Text("server"), options => options.SessionTimeout = settings.Milliseconds("session-timeout"));
        using Witness witness = await Witness.ConnectAsync(settings.Number("recorder"));
        using ResourceConnection? resource = settings.Has("resource") ? ResourceConnection.Open(settings.Number("resource")) : null;

        var marks = new SessionMarks(client, settings.Text("marks"));
        IEnumerable<Task> contenders = Enumerable.Range(1, settings.Number("contenders")).Select(number =>
        {
            ISection section = resource is null
                ? new TimedSection(witness, settings.Flag("ignore-token"), settings.Milliseconds("linger"), settings.Number("lingers-one-in"))
                : new FencedSection(client, witness, resource, marks);
            return new Contender(client, settings.Text("lock"), number, section, witness).RunAsync(stop);
        });
        await Task.WhenAll(contenders.ToArray());
    }
}
