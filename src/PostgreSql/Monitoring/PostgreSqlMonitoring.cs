using Cap.Messages;
using Cap.Storage;

namespace Cap.PostgreSql;

/// <summary>What people see of the tables, and what they do to them.</summary>
internal sealed class PostgreSqlMonitoring(Database database, Lanes lanes, Tables tables) : IMonitoringStorage
{
    private readonly PostgreSqlFinding _finding = new(database, lanes, tables);
    private readonly PostgreSqlCounting _counting = new(database, tables);
    private readonly PostgreSqlWatching _watching = new(database, tables);
    private readonly PostgreSqlStatistics _statistics = new(database, lanes, tables);
    private readonly PostgreSqlActing _acting = new(database, tables);
    private readonly PostgreSqlOperations _operations = new(database, tables, new(database, tables));

    public Task<MessagePage> FindAsync(MessageQuery query, CancellationToken stop) => _finding.FindAsync(query, stop);

    public Task<MessageCounts> CountAsync(MessageType type, CancellationToken stop) => _counting.CountAsync(tables.Of(type), stop);

    public Task<IReadOnlyList<Attempt>> GetAttemptsAsync(MessageType type, long id, CancellationToken stop) =>
        _finding.GetAttemptsAsync(tables.Of(type), id, stop);

    public Task<IReadOnlyList<Backlog>> GetBacklogsAsync(CancellationToken stop) => _counting.GetBacklogsAsync(stop);

    public Task<Cluster> GetClusterAsync(CancellationToken stop) => _watching.GetClusterAsync(stop);

    public Task<DatabaseState> GetDatabaseStateAsync(CancellationToken stop) => _watching.GetDatabaseStateAsync(stop);

    public Task AddStatisticsAsync(IReadOnlyList<LaneStatistics> statistics, CancellationToken stop) => _statistics.AddAsync(statistics, stop);

    public Task<IReadOnlyList<LaneStatistics>> GetStatisticsAsync(StatisticsQuery query, CancellationToken stop) => _statistics.GetAsync(query, stop);

    public Task<Acted> ActAsync(MessageAction action, CancellationToken stop) => _acting.ActAsync(action, stop);

    public Task<Acted> PauseAsync(PauseRequest request, CancellationToken stop) => _acting.PauseAsync(request, stop);

    public Task<long> AuditAsync(AuditEntry entry, CancellationToken stop) => _acting.AuditAsync(entry, stop);

    public Task<IReadOnlyList<AuditEntry>> FindAuditAsync(AuditQuery query, CancellationToken stop) => _acting.FindAuditAsync(query, stop);

    public Task<long> StartAsync(Operation operation, CancellationToken stop) => _operations.StartAsync(operation, stop);

    public Task<IReadOnlyList<Operation>> GetOperationsAsync(long? id, int limit, CancellationToken stop) => _operations.GetAsync(id, limit, stop);

    public Task<Operation?> TakeOperationAsync(string node, TimeSpan time, CancellationToken stop) => _operations.TakeAsync(node, time, stop);

    public Task<bool> EndOperationAsync(OperationEnd end, CancellationToken stop) => _operations.EndAsync(end, stop);
}
