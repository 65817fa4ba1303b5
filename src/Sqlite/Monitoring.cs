using Cap.Messages;
using Cap.Storage;

namespace Cap.Sqlite;

/// <summary>What people see of the tables, and what they do to them.</summary>
internal sealed class Monitoring(Database database, Lanes lanes, Attempts attempts, Acting acting) : IMonitoringStorage
{
    private readonly Finding _finding = new(database, lanes);
    private readonly Counting _counting = new(database, lanes);
    private readonly Watching _watching = new(database, lanes);
    private readonly Operations _operations = new(database, acting);
    private readonly Statistics _statistics = new(database, lanes);

    public Task<MessagePage> FindAsync(MessageQuery query, CancellationToken stop) => Read(() => _finding.Find(query), stop);

    public Task<MessageCounts> CountAsync(MessageType type, CancellationToken stop) => Read(() => _counting.Count(type), stop);

    public Task<IReadOnlyList<Attempt>> GetAttemptsAsync(MessageType type, long id, CancellationToken stop) =>
        Read(() => attempts.Of(type, id), stop);

    public Task<IReadOnlyList<Backlog>> GetBacklogsAsync(CancellationToken stop) => Read(_counting.Backlogs, stop);

    public Task<Cluster> GetClusterAsync(CancellationToken stop) => Read(_watching.Look, stop);

    public Task<DatabaseState> GetDatabaseStateAsync(CancellationToken stop) => Read(_watching.State, stop);

    public Task AddStatisticsAsync(IReadOnlyList<LaneStatistics> statistics, CancellationToken stop) => _statistics.AddAsync(statistics, stop);

    public Task<IReadOnlyList<LaneStatistics>> GetStatisticsAsync(StatisticsQuery query, CancellationToken stop) =>
        Read(() => _statistics.Get(query), stop);

    public Task<Acted> ActAsync(MessageAction action, CancellationToken stop) => _operations.ActAsync(action, stop);

    public Task<Acted> PauseAsync(PauseRequest request, CancellationToken stop) => _operations.PauseAsync(request, stop);

    public Task<long> AuditAsync(AuditEntry entry, CancellationToken stop) => _operations.AuditAsync(entry, stop);

    public Task<IReadOnlyList<AuditEntry>> FindAuditAsync(AuditQuery query, CancellationToken stop) =>
        Read(() => _operations.FindAudit(query), stop);

    public Task<long> StartAsync(Operation operation, CancellationToken stop) => _operations.StartAsync(operation, stop);

    public Task<IReadOnlyList<Operation>> GetOperationsAsync(long? id, int limit, CancellationToken stop) =>
        Read(() => _operations.Get(id, limit), stop);

    public Task<Operation?> TakeOperationAsync(string node, TimeSpan time, CancellationToken stop) => _operations.TakeAsync(node, time, stop);

    public Task<bool> EndOperationAsync(OperationEnd end, CancellationToken stop) => _operations.EndAsync(end, stop);

    /// <remarks>
    /// SQLite reads on the thread that asks, and cannot be told to end. Whoever asks waits on another, and only as long as they want: each read
    /// looks at a bounded number of rows, so one that nobody waits for any more ends soon.
    /// </remarks>
    private static Task<T> Read<T>(Func<T> read, CancellationToken stop) => Task.Run(read, stop).WaitAsync(stop);
}
