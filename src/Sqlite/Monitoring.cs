using Cap.Messages;
using Cap.Storage;

namespace Cap.Sqlite;

/// <summary>What people see of the tables, and what they do to them.</summary>
internal sealed class Monitoring(Database database, Lanes lanes, Attempts attempts, Acting acting) : IMonitoringStorage
{
    private readonly Finding _finding = new(database, lanes);
    private readonly Watching _watching = new(database, lanes);
    private readonly Operations _operations = new(database, acting);
    private readonly Statistics _statistics = new(database, lanes);

    public Task<MessagePage> FindAsync(MessageQuery query, CancellationToken stop) => SqliteStorage.Run(() => _finding.Find(query), stop);

    public Task<MessageCounts> CountAsync(MessageType type, CancellationToken stop) => SqliteStorage.Run(() => _watching.Count(type), stop);

    public Task<IReadOnlyList<Attempt>> GetAttemptsAsync(MessageType type, long id, CancellationToken stop) =>
        SqliteStorage.Run(() => attempts.Of(type, id), stop);

    public Task<IReadOnlyList<Backlog>> GetBacklogsAsync(CancellationToken stop) => SqliteStorage.Run(_watching.Backlogs, stop);

    public Task<Cluster> GetClusterAsync(CancellationToken stop) => SqliteStorage.Run(_watching.Look, stop);

    public Task<DatabaseState> GetDatabaseStateAsync(CancellationToken stop) => SqliteStorage.Run(_watching.State, stop);

    public Task AddStatisticsAsync(IReadOnlyList<LaneStatistics> statistics, CancellationToken stop) => _statistics.AddAsync(statistics, stop);

    public Task<IReadOnlyList<LaneStatistics>> GetStatisticsAsync(DateTimeOffset since, CancellationToken stop) =>
        SqliteStorage.Run(() => _statistics.Since(since), stop);

    public Task<Acted> ActAsync(MessageAction action, CancellationToken stop) => _operations.ActAsync(action, stop);

    public Task<Acted> PauseAsync(PauseRequest request, CancellationToken stop) => _operations.PauseAsync(request, stop);

    public Task<long> AuditAsync(AuditEntry entry, CancellationToken stop) => _operations.AuditAsync(entry, stop);

    public Task<IReadOnlyList<AuditEntry>> FindAuditAsync(AuditQuery query, CancellationToken stop) =>
        SqliteStorage.Run(() => _operations.FindAudit(query), stop);

    public Task<long> StartAsync(Operation operation, CancellationToken stop) => _operations.StartAsync(operation, stop);

    public Task<IReadOnlyList<Operation>> GetOperationsAsync(long? id, int limit, CancellationToken stop) =>
        SqliteStorage.Run(() => _operations.Get(id, limit), stop);

    public Task<Operation?> TakeOperationAsync(string node, TimeSpan time, CancellationToken stop) => _operations.TakeAsync(node, time, stop);

    public Task<bool> EndOperationAsync(OperationEnd end, CancellationToken stop) => _operations.EndAsync(end, stop);
}
