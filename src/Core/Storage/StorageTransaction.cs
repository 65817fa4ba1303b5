using System.Data.Common;

namespace Cap.Storage;

/// <summary>A transaction that messages can be stored in. Disposing without a commit rolls back, if Cap began it.</summary>
public abstract class StorageTransaction : IDisposable, IAsyncDisposable
{
    /// <summary>The database transaction; null where the storage has none (in-memory).</summary>
    public virtual DbTransaction? DbTransaction => null;

    /// <summary>Whether it was committed, rolled back or disposed.</summary>
    public abstract bool IsCompleted { get; }

    /// <summary>Commits.</summary>
    public abstract void Commit();

    /// <summary>Commits.</summary>
    public abstract Task CommitAsync(CancellationToken stop);

    /// <summary>Rolls back.</summary>
    public abstract void Rollback();

    /// <summary>Rolls back.</summary>
    public abstract Task RollbackAsync(CancellationToken stop);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
