using System.Data;
using System.Data.Common;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

/// <summary>
/// A real storage that tells how many inbox rows the workers held at most, and lets a test act between two of its steps or delay one.
/// </summary>
public sealed class ObservedStorage(IStorage inner) : IStorage
{
    private int _mostHeld;
    private int _settledInOutbox;

    /// <summary>Runs before received messages are stored; may throw.</summary>
    public Action<IReadOnlyList<IncomingMessage>> BeforeReceive { get; set; } = _ => { };

    /// <summary>Runs before rows are read; may throw.</summary>
    public Action BeforeFetch { get; set; } = () => { };

    /// <summary>Runs before results are written; may throw.</summary>
    public Action<SettleRequest> BeforeSettle { get; set; } = _ => { };

    /// <summary>Runs after received messages were stored, before the node hears of it.</summary>
    public Func<Task> AfterReceive { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs before a transaction is opened.</summary>
    public Func<Task> BeforeBegin { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs the update of the leases it is given, at once or later, or throws.</summary>
    public Func<Func<Task>, CancellationToken, Task> AroundLeases { get; set; } = (update, _) => update();

    /// <summary>Runs with the token of each call that listens for other nodes, which lasts until the node stops.</summary>
    public Action<CancellationToken> OnListen { get; set; } = _ => { };

    /// <summary>The most rows that were ever held.</summary>
    public int MostHeld => _mostHeld;

    /// <summary>Rows of the outbox this node settled as sent.</summary>
    public int SettledInOutbox => _settledInOutbox;

    /// <inheritdoc/>
    public IMonitoringStorage Monitoring => inner.Monitoring;

    public string Description => inner.Description;

    /// <inheritdoc/>
    public string GetScript() => inner.GetScript();

    /// <inheritdoc/>
    public Task InitializeAsync(StorageSettings settings, CancellationToken stop) => inner.InitializeAsync(settings, stop);

    /// <inheritdoc/>
    public async Task<StorageTransaction> BeginAsync(DbConnection? connection, IsolationLevel isolation, CancellationToken stop)
    {
        await BeforeBegin();
        return await inner.BeginAsync(connection, isolation, stop);
    }

    /// <inheritdoc/>
    public StorageTransaction Begin(DbConnection? connection, IsolationLevel isolation) => inner.Begin(connection, isolation);

    /// <inheritdoc/>
    public StorageTransaction Join(DbTransaction transaction) => inner.Join(transaction);

    /// <inheritdoc/>
    public Task PublishAsync(PublishRequest request, CancellationToken stop) => inner.PublishAsync(request, stop);

    /// <inheritdoc/>
    public void Publish(PublishRequest request) => inner.Publish(request);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long?>> ReceiveAsync(IReadOnlyList<IncomingMessage> messages, CancellationToken stop)
    {
        BeforeReceive(messages);
        var ids = await inner.ReceiveAsync(messages, stop);
        await AfterReceive();
        return ids;
    }

    /// <inheritdoc/>
    public async Task<DueBatch> FetchAsync(DueQuery query, CancellationToken stop)
    {
        BeforeFetch();
        var batch = await inner.FetchAsync(query, stop);
        if (query.Lane.Type == MessageType.Subscribe)
        {
            var held = query.Except.Count + batch.Messages.Count;
            for (var most = _mostHeld; held > most; most = _mostHeld)
                Interlocked.CompareExchange(ref _mostHeld, held, most);
        }
        return batch;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop)
    {
        BeforeSettle(request);
        var counted = await inner.SettleAsync(request, stop);
        if (request.Lane.Type == MessageType.Publish)
            Interlocked.Add(ref _settledInOutbox, request.Succeeded.Count);
        return counted;
    }

    /// <inheritdoc/>
    public Task<bool> SettleAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop) =>
        inner.SettleAsync(transaction, lane, message, stop);

    /// <inheritdoc/>
    public Task<bool> SettleAndCommitAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop) =>
        inner.SettleAndCommitAsync(transaction, lane, message, stop);

    /// <inheritdoc/>
    public Task UpdateLeasesAsync(Func<LeaseTable, LeaseChanges> decide, CancellationToken stop) =>
        AroundLeases(() => inner.UpdateLeasesAsync(decide, stop), stop);

    /// <inheritdoc/>
    public Task NotifyAsync(IReadOnlyCollection<Lane> lanes, CancellationToken stop) => inner.NotifyAsync(lanes, stop);

    /// <inheritdoc/>
    public Task ListenAsync(Action<Lane?> wake, CancellationToken stop)
    {
        OnListen(stop);
        return inner.ListenAsync(wake, stop);
    }

    /// <inheritdoc/>
    public Task<ExpiryResult> ExpireAsync(ExpiryRequest request, CancellationToken stop) => inner.ExpireAsync(request, stop);
}
