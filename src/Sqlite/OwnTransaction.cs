using System.Data.Common;
using Cap.Storage;

namespace Cap.Sqlite;

/// <summary>A transaction on a connection of the storage. Its end lets the next writer of this process in.</summary>
internal sealed class OwnTransaction(DbStorageTransaction transaction, IDisposable turn) : StorageTransaction
{
    /// <inheritdoc/>
    public override DbTransaction DbTransaction => transaction.DbTransaction;

    /// <inheritdoc/>
    public override bool IsCompleted => transaction.IsCompleted;

    /// <inheritdoc/>
    public override void Commit()
    {
        transaction.Commit();
        turn.Dispose();
    }

    /// <inheritdoc/>
    public override async Task CommitAsync(CancellationToken stop)
    {
        await transaction.CommitAsync(stop).ConfigureAwait(false);
        turn.Dispose();
    }

    /// <inheritdoc/>
    public override void Rollback()
    {
        transaction.Rollback();
        turn.Dispose();
    }

    /// <inheritdoc/>
    public override async Task RollbackAsync(CancellationToken stop)
    {
        await transaction.RollbackAsync(stop).ConfigureAwait(false);
        turn.Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        try
        {
            transaction.Dispose();
        }
        finally
        {
            turn.Dispose();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        try
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            turn.Dispose();
        }
    }
}
