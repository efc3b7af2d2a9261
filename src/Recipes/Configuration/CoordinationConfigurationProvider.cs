using System.Threading.Channels;
using Coordination.Client;
using Coordination.Protocol;
using Microsoft.Extensions.Configuration;

namespace Coordination.Recipes;

/// <summary>
/// Follows a subtree. A change wakes the loop, the loop waits for quiet, reads one consistent snapshot, and publishes it as a whole if
/// anything differs.
/// </summary>
internal sealed class CoordinationConfigurationProvider : ConfigurationProvider, IDisposable
{
    private const int Passes = 5;

    /// <summary>A subtree that never gets quiet is read after this many delays all the same.</summary>
    private const int LongestQuiet = 20;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly CoordinationConfigurationSource _source;
    private readonly ZnodePath _root;
    private readonly FallbackFile? _fallback;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ManualResetEventSlim _first = new();
    private readonly CancellationTokenSource _stop = new();
    private Exception? _firstFailure;
    private Task? _loop;
    private volatile bool _started;
    private int _generation;

    public CoordinationConfigurationProvider(CoordinationConfigurationSource source)
    {
        _source = source;
        _root = source.Root;
        _fallback = source.FallbackFile is { } file ? new(file, Log) : null;
    }

    /// <summary>The log lines, kept until somebody attaches a logger.</summary>
    public ConfigurationLog Log { get; } = new();

    /// <summary>Odd while values are being replaced, a different even number afterwards.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <summary>Blocks at most for the connect timeout: configuration is read synchronously and before anything else exists.</summary>
    public override void Load()
    {
        if (_loop is not null)
        {
            _wake.Writer.TryWrite(true);
            return;
        }

        _loop = Task.Run(RunAsync);
        bool answered = _first.Wait(_source.ConnectTimeout);
        if (!answered || _firstFailure is not null)
            StartWithout();
        _started = true;
    }

    public void Dispose() => _stop.Cancel();

    public override string ToString() => $"{nameof(CoordinationConfigurationProvider)} for {_root}";

    private void StartWithout()
    {
        if (_fallback?.TryRead() is { } kept)
        {
            Replace(kept);
            Log.Started(_root.Value, "with the last known values");
        }
        else if (_source.Optional)
        {
            Log.Started(_root.Value, "without values");
        }
        else
        {
            _stop.Cancel();
            throw new InvalidOperationException(
                $"The configuration below {_root} could not be loaded from '{_source.ConnectionString}' within {_source.ConnectTimeout}. " +
                $"Set {nameof(_source.Optional)} or {nameof(_source.FallbackFile)} to start without it.",
                _firstFailure);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await using ICoordinationClient client = (_source.ClientFactory ?? ConfigurationClient.Create)(_source);
            using IDisposable? following = _source.ReloadOnChange ? client.ObserveTree(_root).Subscribe(OnChange, OnFollowingFailed) : null;
            _wake.Writer.TryWrite(true);
            await FollowAsync(client, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private async Task FollowAsync(ICoordinationClient client, CancellationToken cancellationToken)
    {
        bool loaded = false;
        await foreach (bool _ in _wake.Reader.ReadAllAsync(cancellationToken))
        {
            if (loaded)
                await WaitForQuietAsync(cancellationToken);
            try
            {
                if (await TryReadAsync(client, cancellationToken) is { } snapshot)
                {
                    loaded = true;
                    Publish(snapshot);
                }
            }
            catch (Exception e) when (e is CoordinationException or InvalidDataException)
            {
                Fail(e);
                await Task.Delay(RetryDelay, cancellationToken);
                _wake.Writer.TryWrite(true);
            }

            if (loaded && !_source.ReloadOnChange)
                return;
        }
    }

    private async Task<SubtreeSnapshot?> TryReadAsync(ICoordinationClient client, CancellationToken cancellationToken)
    {
        for (int pass = 0; pass < Passes; pass++)
        {
            if (await SubtreeSnapshot.TryReadAsync(client, _root, cancellationToken) is { } snapshot)
                return snapshot;
        }

        Log.Unsettled(_root.Value, Passes);
        _wake.Writer.TryWrite(true);
        return null;
    }

    private async Task WaitForQuietAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < LongestQuiet; i++)
        {
            await Task.Delay(_source.ReloadDelay, cancellationToken);
            if (!_wake.Reader.TryRead(out _))
                return;
        }
    }

    private void Publish(SubtreeSnapshot snapshot)
    {
        if (snapshot.Znodes.Count == 0 && !_source.Optional && !_first.IsSet)
        {
            Fail(new ZnodeNotFoundException(_root));
            return;
        }

        Dictionary<string, string?> keys = ConfigurationKeys.From(snapshot, _root, _source.Layout);
        bool changed = !ConfigurationKeys.AreEqual(Data, keys);
        if (changed)
            Replace(keys);
        if (changed || !_first.IsSet)
        {
            Log.Loaded(_root.Value, keys.Count);
            _fallback?.Write(keys);
        }

        bool reload = changed && _started;
        _first.Set();
        if (reload)
            TellListeners();
    }

    /// <summary>A value that cannot be bound makes a listener throw. That must not end the following, or the correction would never be seen.</summary>
    private void TellListeners()
    {
        try
        {
            OnReload();
        }
        catch (Exception e)
        {
            Log.ListenerThrew(_root.Value, e);
        }
    }

    /// <summary>The two steps of the number let a reader of several keys notice that they are not of one snapshot.</summary>
    private void Replace(Dictionary<string, string?> keys)
    {
        Interlocked.Increment(ref _generation);
        Data = keys;
        Interlocked.Increment(ref _generation);
    }

    private void Fail(Exception exception)
    {
        Log.Failed(_root.Value, exception);
        if (!_first.IsSet && exception is not ConnectionUnavailableException)
        {
            _firstFailure = exception;
            _first.Set();
        }
    }

    private void OnChange(TreeChange change)
    {
        if (change.Kind != TreeChangeKind.Suspended)
            _wake.Writer.TryWrite(true);
    }

    private void OnFollowingFailed(Exception exception) => Log.Failed(_root.Value, exception);
}
