using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The meter publishes what docs/running.md says, and the figures follow what clients do.</summary>
public sealed partial class MeterTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Dictionary<string, double> _sums = [];
    private readonly Lock _gate = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_instruments_are_those_of_the_documentation_and_count_what_happens()
    {
        using OwnMeters meters = new();
        HashSet<string> published = [];
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (!ReferenceEquals(instrument.Meter, meters.Created))
                    return;
                published.Add(instrument.Name);
                listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));

        FailingDisk disk = new() { Room = new DiskSpace(1L << 30, 1L << 32) };
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.DiskReserve = 16 << 20;
        options.DiskReserveCheckInterval = TimeSpan.FromMilliseconds(20);
        await using ServerHost server = await ServerHost.StartAsync(
            options, new ServerSurroundings { Meters = meters, Disk = disk }, TestContext.Current.CancellationToken);
        listener.Start();
        Assert.Equal(Documented().Order(StringComparer.Ordinal), published.Order(StringComparer.Ordinal));

        using RawClient client = await RawClient.ConnectAsync(server.Endpoint, 30_000);
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [1, 2, 3])).Header.Error);
        Assert.Equal([1, 2, 3], await client.ReadAsync("/a"));
        disk.Room = new DiskSpace(1 << 20, 1L << 32);

        // Until the room is looked at; the client gives up by itself.
        while ((await client.CreateAsync("/b", [])).Header.Error != ErrorCode.NotReadOnly)
            await Task.Yield();

        listener.RecordObservableInstruments();
        lock (_gate)
        {
            Assert.True(_sums["coordination.server.requests"] >= 4);
            Assert.True(_sums["coordination.server.packets.sent"] >= 4);
            Assert.True(_sums["coordination.server.log.sync.batch"] >= 2);
            Assert.True(_sums["coordination.server.writes.refused"] >= 1);
            Assert.Equal((1, 1), (_sums["coordination.server.connections"], _sums["coordination.server.sessions"]));
            Assert.InRange(_sums["coordination.server.znodes"], 5, 6);
        }
    }

    private void Add(Instrument instrument, double value)
    {
        lock (_gate)
            _sums[instrument.Name] = _sums.GetValueOrDefault(instrument.Name) + value;
    }

    /// <summary>The names of the table; one that begins with a dot takes the place of the end of the first in its row.</summary>
    private static IEnumerable<string> Documented()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Recipes.sln")))
            directory = directory.Parent;
        foreach (string line in File.ReadLines(Path.Combine(directory!.FullName, "docs", "running.md")))
        {
            if (!line.StartsWith("| `coordination.server.", StringComparison.Ordinal))
                continue;

            string first = "";
            foreach (Match match in Name().Matches(line.Split('|')[1]))
            {
                string name = match.Groups["name"].Value;
                first = first.Length == 0 ? name : first;
                yield return name[0] == '.' ? first[..first.LastIndexOf('.')] + name : name;
            }
        }
    }

    [GeneratedRegex("`(?<name>[a-z._]+)`", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Name();

    private sealed class OwnMeters : IMeterFactory
    {
        public Meter? Created { get; private set; }

        public Meter Create(MeterOptions options) => Created = new Meter(options);

        public void Dispose() => Created?.Dispose();
    }
}
