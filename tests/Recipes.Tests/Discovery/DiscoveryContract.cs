using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using Coordination.Client;

namespace Coordination.Recipes.Tests;

/// <summary>What registration and directory promise, on whatever server.</summary>
/// <param name="world">Where it runs.</param>
public abstract class DiscoveryContract(RecipeWorld world) : IAsyncLifetime
{
    private const string Znode = "/services/stock/one";

    private static readonly ServiceInstance One = new()
    {
        Name = "stock",
        Id = "one",
        Address = "10.0.0.1",
        Port = 80,
        RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(1700000000000),
    };

    private ICoordinationClient _one = null!;
    private ICoordinationClient _two = null!;

    public async ValueTask InitializeAsync()
    {
        _one = await world.ConnectAsync();
        _two = await world.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await world.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_registered_instance_is_found_and_a_withdrawn_one_is_not()
    {
        IServiceDirectory directory = _two.CreateServiceDirectory();
        await using IServiceRegistration registration = _one.RegisterService(One);
        await UntilAsync(registration, RegistrationState.Registered);

        Assert.Equal([One], await directory.GetInstancesAsync("stock"));
        Znode znode = (await _two.TryGetAsync(Znode))!;
        Assert.Equal(_one.Session.Id, znode.Stat.EphemeralOwner);
        await registration.DisposeAsync();
        Assert.Empty(await directory.GetInstancesAsync("stock"));
        Assert.Empty(await directory.GetInstancesAsync("unknown"));
    }

    [Fact]
    public async Task An_update_is_a_set_of_the_same_znode()
    {
        await using IServiceRegistration registration = _one.RegisterService(One);
        await UntilAsync(registration, RegistrationState.Registered);
        Znode before = (await _two.TryGetAsync(Znode))!;

        await registration.UpdateAsync(One with { Enabled = false });

        Znode after = (await _two.TryGetAsync(Znode))!;
        Assert.Equal(before.Stat.Czxid, after.Stat.Czxid);
        Assert.Equal(1, after.Stat.Version);
        Assert.Equal([One with { Enabled = false }], await _two.CreateServiceDirectory().GetInstancesAsync("stock"));
    }

    [Fact]
    public async Task When_the_client_is_disposed_nobody_waits_for_ever()
    {
        IServiceRegistration registration = _one.RegisterService(One);
        await UntilAsync(registration, RegistrationState.Registered);
        using IServicePicker picker = _one.CreateServiceDirectory().CreatePicker("nobody");
        Task picking = picker.PickAsync().AsTask();

        await ((IAsyncDisposable)_one).DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => picking.WaitAsync(RecipeWorld.Limit));
        Task updating = Task.Run(async () => await registration.UpdateAsync(One with { Enabled = false }));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => updating.WaitAsync(RecipeWorld.Limit));
        await registration.DisposeAsync();
    }

    [Fact]
    public async Task A_registration_comes_back_with_the_next_session()
    {
        await using IServiceRegistration registration = _one.RegisterService(One);
        await UntilAsync(registration, RegistrationState.Registered);
        long before = _one.Session.Id;

        await world.EndSessionAsync(_one);

        await RecipeWorld.UntilAsync(
            async () => await _two.TryGetAsync(Znode) is { } znode && znode.Stat.EphemeralOwner != before, "the instance is registered by the new session");
    }

    [Fact]
    public async Task A_registration_that_somebody_deletes_or_overwrites_is_restored()
    {
        await using IServiceRegistration registration = _one.RegisterService(One);
        await UntilAsync(registration, RegistrationState.Registered);
        IServiceDirectory directory = _two.CreateServiceDirectory();

        await _two.DeleteAsync(Znode);
        await RecipeWorld.UntilAsync(async () => await _two.ExistsAsync(Znode) is not null, "the deleted instance is back");
        await _two.SetAsync(Znode, "rubbish"u8.ToArray());

        await RecipeWorld.UntilAsync(async () => (await directory.GetInstancesAsync("stock")).SequenceEqual([One]), "the overwritten instance is back");
    }

    [Fact]
    public async Task A_znode_of_a_dying_session_gives_way_to_the_new_one()
    {
        await _two.CreateAsync(Znode, ServiceInstanceJson.Write(One), new() { Kind = CreateKind.Ephemeral, CreateParents = true });
        await using IServiceRegistration registration = _one.RegisterService(One);

        await world.EndSessionAsync(_two);

        await UntilAsync(registration, RegistrationState.Registered);
        Assert.Equal(_one.Session.Id, (await _one.TryGetAsync(Znode))!.Stat.EphemeralOwner);
    }

    [Fact]
    public async Task A_directory_follows_a_service_and_skips_broken_entries()
    {
        IServiceDirectory directory = _two.CreateServiceDirectory();
        var snapshots = new LatestSnapshot(directory.Observe("stock"));
        await snapshots.UntilAsync(static s => s.Instances.Count == 0);

        await using IServiceRegistration registration = _one.RegisterService(One);
        await snapshots.UntilAsync(static s => s.Instances.SequenceEqual([One]));
        await _one.CreateAsync("/services/stock/broken", "no json"u8.ToArray());
        await snapshots.UntilAsync(static s => s.BrokenEntries == 1 && s.Instances.SequenceEqual([One]));
        await registration.UpdateAsync(One with { Port = 81 });
        await snapshots.UntilAsync(static s => s.Instances is [{ Port: 81 }]);
        await registration.DisposeAsync();
        await snapshots.UntilAsync(static s => s.Instances.Count == 0 && s.BrokenEntries == 1);
    }

    [Fact]
    public async Task A_picker_takes_the_enabled_instances_in_turn()
    {
        using IServicePicker picker = _two.CreateServiceDirectory().CreatePicker("stock");
        Assert.Null(picker.Pick());
        Task<ServiceInstance> first = picker.PickAsync().AsTask();
        await using IServiceRegistration one = _one.RegisterService(One);
        await using IServiceRegistration two = _one.RegisterService(One with { Id = "two" });
        await using IServiceRegistration off = _one.RegisterService(One with { Id = "off", Enabled = false });

        await first.WaitAsync(RecipeWorld.Limit);
        await RecipeWorld.UntilAsync(() => Task.FromResult(picker.Pick()?.Id != picker.Pick()?.Id), "both instances are known");

        string[] picks = [.. Enumerable.Range(0, 4).Select(_ => picker.Pick()!.Id)];
        Assert.Equal(picks[0], picks[2]);
        Assert.Equal(["one", "two"], picks[..2].Order());
    }

    private static async Task UntilAsync(IServiceRegistration registration, RegistrationState state) =>
        await registration.Status.FirstAsync(status => status.State == state).Timeout(RecipeWorld.Limit).ToTask();

    private sealed class LatestSnapshot(IObservable<ServiceSnapshot> snapshots)
    {
        private readonly IObservable<ServiceSnapshot> _latest = Replaying(snapshots);

        public async Task UntilAsync(Func<ServiceSnapshot, bool> condition) => await _latest.FirstAsync(condition).Timeout(RecipeWorld.Limit).ToTask();

        private static IObservable<ServiceSnapshot> Replaying(IObservable<ServiceSnapshot> snapshots)
        {
            var latest = snapshots.Replay(1);
            latest.Connect();
            return latest;
        }
    }
}

public sealed class DiscoveryInMemoryTests() : DiscoveryContract(new FakeWorld());
