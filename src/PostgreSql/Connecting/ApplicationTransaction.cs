using System.Data;
using System.Data.Common;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Begins and joins transactions, and says what is wrong with one.</summary>
internal sealed class ApplicationTransaction(Database database)
{
    public async Task<StorageTransaction> BeginAsync(DbConnection? given, IsolationLevel isolation, CancellationToken stop)
    {
        if (given is null)
        {
            var own = await database.OpenForApplicationAsync(stop).ConfigureAwait(false);
            try
            {
                return Wrap(await own.BeginTransactionAsync(isolation, stop).ConfigureAwait(false), own);
            }
            catch
            {
                await own.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        var connection = Of(given);
        if (connection.State == ConnectionState.Closed)
            await connection.OpenAsync(stop).ConfigureAwait(false);
        return Wrap(await connection.BeginTransactionAsync(isolation, stop).ConfigureAwait(false));
    }

    public StorageTransaction Begin(DbConnection? given, IsolationLevel isolation)
    {
        if (given is null)
        {
            var own = database.OpenForApplication();
            try
            {
                return Wrap(own.BeginTransaction(isolation), own);
            }
            catch
            {
                own.Dispose();
                throw;
            }
        }
        var connection = Of(given);
        if (connection.State == ConnectionState.Closed)
            connection.Open();
        return Wrap(connection.BeginTransaction(isolation));
    }

    public static StorageTransaction Join(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (transaction is not NpgsqlTransaction own)
        {
            throw new ArgumentException(
                $"The transaction is a {transaction.GetType().Name}. Messages in PostgreSQL need an NpgsqlTransaction.", nameof(transaction));
        }
        var joined = Wrap(own, joined: true);
        if (joined.IsCompleted)
        {
            throw new ArgumentException(
                "The transaction is finished: committed, rolled back, disposed, or its connection is closed. Publish before it ends.",
                nameof(transaction));
        }
        return joined;
    }

    /// <summary>The open transaction that this one stands for.</summary>
    public static NpgsqlTransaction Of(StorageTransaction storageTransaction)
    {
        if (storageTransaction.DbTransaction is not NpgsqlTransaction transaction)
        {
            throw new ArgumentException(
                $"The transaction ({storageTransaction.GetType().Name}) is not one of PostgreSQL. Begin or join it with this storage.",
                nameof(storageTransaction));
        }
        return storageTransaction.IsCompleted
            ? throw new InvalidOperationException(
                "The transaction is finished: a message published now could not be part of it. Publish before it ends.")
            : transaction;
    }

    private static NpgsqlConnection Of(DbConnection connection) =>
        connection as NpgsqlConnection
        ?? throw new ArgumentException(
            $"The connection is a {connection.GetType().Name}. Messages in PostgreSQL need an NpgsqlConnection.", nameof(connection));

    private static DbStorageTransaction Wrap(NpgsqlTransaction transaction, NpgsqlConnection? connection = null, bool joined = false) =>
        new(transaction, connection, joined, () => HasEnded(transaction));

    /// <remarks>Npgsql's transaction keeps its connection when it ends, but does not answer any more.</remarks>
    private static bool HasEnded(NpgsqlTransaction transaction)
    {
        try
        {
            _ = transaction.IsolationLevel;
            return transaction.Connection is not { State: ConnectionState.Open };
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }
}
