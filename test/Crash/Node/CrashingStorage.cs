using System.Data;
using System.Data.Common;
using System.Diagnostics;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Crash.Node;

/// <summary>The real storage with a crash point before and after each step.</summary>
internal sealed class CrashingStorage(IStorage inner, NodePlan plan, CrashPoints points, Journal journal) : IStorage
{
    public IMonitoringStorage Monitoring => inner.Monitoring;

    public string Description => inner.Description;

    public string GetScript() => inner.GetScript();

    public Task InitializeAsync(StorageSettings settings, CancellationToken stop) => inner.InitializeAsync(settings, stop);

    public Task<StorageTransaction> BeginAsync(DbConnection? connection, IsolationLevel isolation, CancellationToken stop) =>
        inner.BeginAsync(connection, isolation, stop);

    public StorageTransaction Begin(DbConnection? connection, IsolationLevel isolation) => inner.Begin(connection, isolation);

    public StorageTransaction Join(DbTransaction transaction) => inner.Join(transaction);

    public async Task PublishAsync(PublishRequest request, CancellationToken stop)
    {
        points.Pass("publish.before");
        await inner.PublishAsync(request, stop);
        points.Pass("publish.after");
    }

    public void Publish(PublishRequest request) => inner.Publish(request);

    public async Task<IReadOnlyList<long?>> ReceiveAsync(IReadOnlyList<IncomingMessage> messages, CancellationToken stop)
    {
        var ids = await inner.ReceiveAsync(messages, stop);
        points.Pass("intake.stored");
        return ids;
    }

    public async Task<DueBatch> FetchAsync(DueQuery query, CancellationToken stop)
    {
        var batch = await inner.FetchAsync(query, stop);
        if (batch.Messages.Count > 0)
            points.Pass($"{Who(query.Lane)}.fetched");
        return batch;
    }

    public async Task<IReadOnlyList<long>> SettleAsync(SettleRequest request, CancellationToken stop)
    {
        points.Pass($"{Who(request.Lane)}.settle.before");
        var counted = await inner.SettleAsync(request, stop);
        points.Pass($"{Who(request.Lane)}.settle.after");
        return counted;
    }

    public async Task<bool> SettleAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop)
    {
        points.Pass("mark.before");
        var isMine = await inner.SettleAsync(transaction, lane, message, stop);
        points.Pass("mark.after");
        return isMine;
    }

    public async Task<bool> SettleAndCommitAsync(StorageTransaction transaction, Lane lane, DueMessage message, CancellationToken stop)
    {
        points.Pass("mark.before");
        var isMine = await inner.SettleAndCommitAsync(transaction, lane, message, stop);
        points.Pass("mark.after");
        return isMine;
    }

    public async Task UpdateLeasesAsync(Func<LeaseTable, LeaseChanges> decide, CancellationToken stop)
    {
        points.Pass("lease.before");
        var (sent, wasAlive) = (Stopwatch.GetTimestamp(), true);
        await inner.UpdateLeasesAsync(
            table =>
            {
                points.Pass("lease.inside");
                wasAlive = table.Nodes.Any(n => n.Name.StartsWith(plan.Name + "#", StringComparison.Ordinal) && n.ExpiresAt > table.Now);
                return decide(table);
            },
            stop
        );
        journal.Heartbeat(sent, wasAlive);
        points.Pass("lease.after");
    }

    public Task NotifyAsync(IReadOnlyCollection<Lane> lanes, CancellationToken stop) => inner.NotifyAsync(lanes, stop);

    public Task ListenAsync(Action<Lane?> wake, CancellationToken stop) => inner.ListenAsync(wake, stop);

    public async Task<ExpiryResult> ExpireAsync(ExpiryRequest request, CancellationToken stop)
    {
        points.Pass("expire.before");
        var result = await inner.ExpireAsync(request, stop);
        points.Pass("expire.after");
        return result;
    }

    private static string Who(Lane lane) => lane.Type == MessageType.Publish ? "relay" : "group";
}
