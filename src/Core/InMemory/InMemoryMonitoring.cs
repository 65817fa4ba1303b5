using Cap.Messages;
using Cap.Storage;

namespace Cap.InMemory;

/// <summary>Shows people what is stored, and does what they want.</summary>
internal sealed class InMemoryMonitoring(InMemoryTables tables, InMemoryPeople people, InMemoryLeasing leasing) : IMonitoringStorage
{
    private readonly InMemoryFinding _finding = new(tables);

    public Task<MessagePage> FindAsync(MessageQuery query, CancellationToken stop) => Run(() => _finding.Find(query), stop);

    public Task<MessageCounts> CountAsync(MessageType type, CancellationToken stop) => Run(() => _finding.Count(type), stop);

    public Task<IReadOnlyList<Attempt>> GetAttemptsAsync(MessageType type, long id, CancellationToken stop) =>
        Run(() => _finding.GetAttempts(type, id), stop);

    public Task<IReadOnlyList<Backlog>> GetBacklogsAsync(CancellationToken stop) => Run(_finding.GetBacklogs, stop);

    public Task<Cluster> GetClusterAsync(CancellationToken stop) => Run(() => leasing.Look(people.Paused), stop);

    public Task<DatabaseState> GetDatabaseStateAsync(CancellationToken stop) =>
        Run(() => new DatabaseState(tables.Now, "memory of this process", null, null, null), stop);

    public Task AddStatisticsAsync(IReadOnlyList<LaneStatistics> statistics, CancellationToken stop) => Run(() => people.Add(statistics), stop);

    public Task<IReadOnlyList<LaneStatistics>> GetStatisticsAsync(StatisticsQuery query, CancellationToken stop) =>
        Run(() => people.GetStatistics(query), stop);

    public Task<Acted> ActAsync(MessageAction action, CancellationToken stop) => people.ActAsync(action, stop);

    public Task<Acted> PauseAsync(PauseRequest request, CancellationToken stop) => Run(() => people.Pause(request), stop);

    public Task<long> AuditAsync(AuditEntry entry, CancellationToken stop) => Run(() => people.Audit(entry), stop);

    public Task<IReadOnlyList<AuditEntry>> FindAuditAsync(AuditQuery query, CancellationToken stop) => Run(() => people.FindAudit(query), stop);

    public Task<long> StartAsync(Operation operation, CancellationToken stop) => Run(() => people.Start(operation), stop);

    public Task<IReadOnlyList<Operation>> GetOperationsAsync(long? id, int limit, CancellationToken stop) => Run(() => people.Operations(id, limit), stop);

    public Task<Operation?> TakeOperationAsync(string node, TimeSpan time, CancellationToken stop) => Run(() => people.Take(node, time), stop);

    public Task<bool> EndOperationAsync(OperationEnd end, CancellationToken stop) => Run(() => people.End(end), stop);

    private static Task<T> Run<T>(Func<T> work, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult(work());
    }
}
