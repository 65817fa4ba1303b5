using Cap.Messages;

namespace Cap.Storage;

/// <summary>
/// The part of the seam to a database that people look through and act through: what is stored, how much work waits, who works it, and what
/// was done by whom. Every member is thread-safe, takes no lock that work waits for, and looks at a bounded number of rows: it stays quick
/// however much is stored, and says when it has not seen everything.
/// </summary>
public interface IMonitoringStorage
{
    /// <summary>Looks for messages.</summary>
    Task<MessagePage> FindAsync(MessageQuery query, CancellationToken stop);

    /// <summary>Counts per state, and says of each number whether counting stopped before the end.</summary>
    Task<MessageCounts> CountAsync(MessageType type, CancellationToken stop);

    /// <summary>The kept failed attempts of a message, oldest first.</summary>
    Task<IReadOnlyList<Attempt>> GetAttemptsAsync(MessageType type, long id, CancellationToken stop);

    /// <summary>The work that is due in each lane.</summary>
    Task<IReadOnlyList<Backlog>> GetBacklogsAsync(CancellationToken stop);

    /// <summary>All nodes, leases and paused lanes, as of now.</summary>
    Task<Cluster> GetClusterAsync(CancellationToken stop);

    /// <summary>What else is worth knowing about the database.</summary>
    Task<DatabaseState> GetDatabaseStateAsync(CancellationToken stop);

    /// <summary>Adds what a node has counted to what is stored, in the minute that it is by the database's clock.</summary>
    Task AddStatisticsAsync(IReadOnlyList<LaneStatistics> statistics, CancellationToken stop);

    /// <summary>What was counted in each lane and step of time, oldest first.</summary>
    Task<IReadOnlyList<LaneStatistics>> GetStatisticsAsync(StatisticsQuery query, CancellationToken stop);

    /// <summary>
    /// Acts on messages and writes down who did it, all or nothing. With <see cref="MessageAction.Operation"/> the progress of that operation moves
    /// on in the same transaction, or ends with its last part; nothing is changed when it has ended or another node has taken it.
    /// </summary>
    Task<Acted> ActAsync(MessageAction action, CancellationToken stop);

    /// <summary>Pauses a lane, or lets it go on, and writes down who did it. Nothing is changed when it was so already.</summary>
    Task<Acted> PauseAsync(PauseRequest request, CancellationToken stop);

    /// <summary>Writes down what somebody did that is not one of the other actions. Returns the number of the entry.</summary>
    Task<long> AuditAsync(AuditEntry entry, CancellationToken stop);

    /// <summary>What was done, newest first.</summary>
    Task<IReadOnlyList<AuditEntry>> FindAuditAsync(AuditQuery query, CancellationToken stop);

    /// <summary>Stores an operation to be run from its <see cref="Operation.From"/> on, and writes down who wants it. Returns its id.</summary>
    Task<long> StartAsync(Operation operation, CancellationToken stop);

    /// <summary>The newest operations, newest first; or the one with this id.</summary>
    Task<IReadOnlyList<Operation>> GetOperationsAsync(long? id, int limit, CancellationToken stop);

    /// <summary>
    /// Takes the oldest operation that nobody runs, for a time: whoever runs it takes it again before that is over. Null when there is none.
    /// </summary>
    Task<Operation?> TakeOperationAsync(string node, TimeSpan time, CancellationToken stop);

    /// <summary>
    /// Ends an operation that runs, as done, stopped by a person or failed, and writes it down. False when it has ended before.
    /// </summary>
    Task<bool> EndOperationAsync(OperationEnd end, CancellationToken stop);
}
