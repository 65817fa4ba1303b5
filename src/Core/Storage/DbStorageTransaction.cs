using System.Data.Common;

namespace Cap.Storage;

/// <summary>A <see cref="StorageTransaction"/> over an ADO.NET transaction, for every storage that has those.</summary>
/// <param name="transaction">The transaction.</param>
/// <param name="connection">A connection to dispose along with it; null when the connection is the application's.</param>
/// <param name="joined">The application began the transaction and will end it: disposing this object leaves it open.</param>
/// <param name="hasEnded">Says that the transaction has ended, whoever ended it; null where its connection is then null.</param>
public sealed class DbStorageTransaction(
    DbTransaction transaction, DbConnection? connection = null, bool joined = false, Func<bool>? hasEnded = null) : StorageTransaction
{
    private bool _completed;

    /// <inheritdoc/>
    public override DbTransaction DbTransaction => transaction;

    /// <inheritdoc/>
    /// <remarks>A finished ADO.NET transaction has no connection any more, unless its provider says it in another way.</remarks>
    public override bool IsCompleted => _completed || (hasEnded?.Invoke() ?? transaction.Connection is null);

    /// <inheritdoc/>
    public override void Commit()
    {
        transaction.Commit();
        _completed = true;
    }

    /// <inheritdoc/>
    public override async Task CommitAsync(CancellationToken stop)
    {
        await transaction.CommitAsync(stop).ConfigureAwait(false);
        _completed = true;
    }

    /// <inheritdoc/>
    public override void Rollback()
    {
        transaction.Rollback();
        _completed = true;
    }

    /// <inheritdoc/>
    public override async Task RollbackAsync(CancellationToken stop)
    {
        await transaction.RollbackAsync(stop).ConfigureAwait(false);
        _completed = true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (joined)
            return;
        _completed = true;
        try
        {
            transaction.Dispose();
        }
        finally
        {
            connection?.Dispose();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (joined)
            return;
        _completed = true;
        try
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
