using Cap.Monitoring;
using Cap.Retrying;
using Cap.Storage;
using Cap.Subscribing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cap.Starting;

internal sealed partial class Bootstrapper(
    IServiceProvider services,
    IServiceCollection registrations,
    CapOptions options,
    Troubles troubles,
    TimeProvider time,
    ILogger<Bootstrapper> log
) : IBootstrapper, IDisposable
{
    private const string Starting = "start";
    private readonly SemaphoreSlim _gate = new(1);
    private Node? _node;
    private CancellationTokenSource? _retry;
    private Task _retrying = Task.CompletedTask;

    public bool IsStarted => _node is not null;

    public async Task BootstrapAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_node is not null || _retry is not null)
                return;
            var catalog = new SubscriberCatalog(options, registrations);
            var faults = options.Check().Concat(catalog.Faults).ToList();
            if (faults.Count > 0)
                throw new CapConfigurationException(faults);
            try
            {
                await StartAsync(catalog, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not CapException && !cancellationToken.IsCancellationRequested)
            {
                // The database is away. The application should not fail for that: it may be the next to come up.
                troubles.Begin(Starting, e);
                Log.DatabaseAway(log, e, services.GetRequiredService<IStorage>().Description);
                _retry = new();
                _retrying = RetryAsync(catalog, _retry.Token);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        // The retry takes no gate, so it can be ended before the gate is waited for.
        if (Interlocked.Exchange(ref _retry, null) is { } retry)
        {
            await retry.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _retrying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            retry.Dispose();
            troubles.End(Starting);
        }
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_node is null)
                return;
            await _node.StopAsync(cancellationToken).ConfigureAwait(false);
            _node.Dispose();
            _node = null;
            Log.Stopped(log, options.NodeName);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        _retry?.Cancel();
        _retry?.Dispose();
        _node?.Dispose();
        _gate.Dispose();
    }

    private async Task StartAsync(SubscriberCatalog catalog, CancellationToken stop)
    {
        var storage = services.GetRequiredService<IStorage>();
        await storage.InitializeAsync(new(options.ShardCount, options.SucceedMessageExpiredAfter), stop).ConfigureAwait(false);
        var node = ActivatorUtilities.CreateInstance<Node>(services, catalog);
        await node.StartAsync(stop).ConfigureAwait(false);
        _node = node;
        Log.Started(log, options.NodeName, storage.Description, catalog.Groups.Count);
    }

    private async Task RetryAsync(SubscriberCatalog catalog, CancellationToken stop)
    {
        var backOff = new BackOff(time);
        string? said = null;
        while (!stop.IsCancellationRequested)
        {
            await backOff.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                stop.ThrowIfCancellationRequested();
                await StartAsync(catalog, stop).ConfigureAwait(false);
                troubles.End(Starting);
                return;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                // The same trouble is said once; another one is news.
                if (said != e.Message)
                    Log.CannotStart(log, e);
                said = e.Message;
                troubles.Begin(Starting, e);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Node {Node} started on {Storage} with {Groups} groups")]
        public static partial void Started(ILogger logger, string node, string storage, int groups);

        [LoggerMessage(2, LogLevel.Information, "Node {Node} stopped")]
        public static partial void Stopped(ILogger logger, string node);

        [LoggerMessage(3, LogLevel.Error, "{Storage} cannot be reached. Cap starts as soon as it can")]
        public static partial void DatabaseAway(ILogger logger, Exception error, string storage);

        [LoggerMessage(4, LogLevel.Error, "Cap cannot start yet; trying until it works")]
        public static partial void CannotStart(ILogger logger, Exception error);
    }
}
