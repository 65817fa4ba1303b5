using System.Data;
using System.Data.Common;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Begins and joins transactions, and checks that one is of this file.</summary>
internal sealed class Transactions(Database database)
{
    private static readonly StringComparison PathComparison =
        OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    public async Task<StorageTransaction> BeginAsync(DbConnection? connection, IsolationLevel isolation, CancellationToken stop) =>
        connection is null
            ? await database.BeginAsync(isolation, stop).ConfigureAwait(false)
            : new DbStorageTransaction(await database.BeginOnAsync(Open(connection), isolation, stop).ConfigureAwait(false));

    public StorageTransaction Begin(DbConnection? connection, IsolationLevel isolation) =>
        connection is null ? database.Begin(isolation) : new DbStorageTransaction(database.BeginOn(Open(connection), isolation));

    public static StorageTransaction Join(DbTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        if (transaction is not SqliteTransaction sqlite)
        {
            throw new ArgumentException(
                $"The transaction is a {transaction.GetType()}. The SQLite storage can join a SqliteTransaction only.", nameof(transaction));
        }
        if (sqlite.Connection is not { State: ConnectionState.Open })
        {
            throw new ArgumentException(
                "The SqliteTransaction has been committed, rolled back or disposed, or its connection is closed. Begin a new one before publishing.",
                nameof(transaction));
        }
        return new DbStorageTransaction(sqlite, joined: true);
    }

    /// <summary>The SQLite transaction beneath.</summary>
    /// <exception cref="InvalidOperationException">It is finished, or not of this file.</exception>
    public SqliteTransaction Open(StorageTransaction transaction)
    {
        if (transaction.DbTransaction is not SqliteTransaction sqlite)
        {
            throw new InvalidOperationException(
                $"The transaction ({transaction.GetType().Name}) is not one of SQLite, where {database.Path} is. Begin or join it with this storage.");
        }
        if (transaction.IsCompleted || sqlite.Connection is not { State: ConnectionState.Open } connection)
            throw new InvalidOperationException("The transaction has been committed, rolled back or disposed. Begin a new one.");
        CheckFile(connection);
        return sqlite;
    }

    private SqliteConnection Open(DbConnection connection)
    {
        if (connection is not SqliteConnection sqlite)
        {
            throw new ArgumentException(
                $"The connection is a {connection.GetType()}. The SQLite storage can begin on a SqliteConnection only.", nameof(connection));
        }
        if (sqlite.State == ConnectionState.Closed)
            sqlite.Open();
        CheckFile(sqlite);
        return sqlite;
    }

    private void CheckFile(SqliteConnection connection)
    {
        if (!string.Equals(connection.DataSource, database.Path, PathComparison))
        {
            throw new InvalidOperationException(
                $"The transaction belongs to the file '{connection.DataSource}', but Cap's tables are in '{database.Path}'. "
                    + "A message is stored in the same file as the data it tells about: use one Data Source for both.");
        }
    }
}
