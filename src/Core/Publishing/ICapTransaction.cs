using System.Data.Common;

namespace Cap;

/// <summary>
/// A database transaction that messages are published in: they leave when it commits and never when it does not. Disposing
/// without a commit rolls back. Not thread-safe, like the transaction beneath.
/// </summary>
/// <remarks>
/// A handler that takes this as a parameter runs inside Cap's own transaction: what it writes through <see cref="DbTransaction"/>,
/// what it publishes, and the note that the message is done commit together, exactly once. Cap commits when the handler returns;
/// a handler must not end the transaction itself.
/// </remarks>
public interface ICapTransaction : IDisposable, IAsyncDisposable
{
    /// <summary>Commit right after the first publish. Default: false.</summary>
    bool AutoCommit { get; set; }

    /// <summary>The database transaction; null where the storage has none (in-memory).</summary>
    DbTransaction? DbTransaction { get; }

    /// <summary>Commits, and wakes the relay.</summary>
    void Commit();

    /// <summary>Commits, and wakes the relay.</summary>
    Task CommitAsync(CancellationToken cancellationToken = default);

    /// <summary>Rolls back: no message leaves.</summary>
    void Rollback();

    /// <summary>Rolls back: no message leaves.</summary>
    Task RollbackAsync(CancellationToken cancellationToken = default);
}
