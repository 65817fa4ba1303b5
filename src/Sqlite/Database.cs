using System.Data;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cap.Sqlite;

/// <summary>Opens connections to the file, and runs reads and writes on them. Thread-safe.</summary>
internal sealed class Database : IDisposable
{
    private readonly string _connectionString;
    private readonly BusyWait _busy;
    private readonly WriteGate _gate;
    private readonly ConnectionPool _pool;
    private string? _path;

    public Database(SqliteStorageOptions options, TimeProvider time)
    {
        var builder = new SqliteConnectionStringBuilder(options.ConnectionString)
        {
            // A shared cache would lock whole tables, without waiting.
            Cache = SqliteCacheMode.Default,
            // We keep connections ourselves.
            Pooling = false,
            DefaultTimeout = (int)Math.Ceiling(options.BusyTimeout.TotalSeconds),
        };
        _connectionString = builder.ToString();
        DataSource = builder.DataSource;
        _gate = new(options.BusyTimeout, time);
        _busy = new(options.BusyTimeout, time);
        _pool = new(Open);
        Tables = new(options.TableNamePrefix);
        _lock = $"DELETE FROM {Tables.Setting} WHERE 0";
    }

    public Tables Tables { get; }

    /// <summary>The file as the application named it.</summary>
    public string DataSource { get; }

    /// <summary>The full path of the file.</summary>
    public string Path
    {
        get
        {
            if (_path is null)
            {
                using var connection = Open();
            }
            return _path!;
        }
    }

    /// <summary>A connection for one use, open already if possible. Its statements are to be disposed of with it.</summary>
    public ConnectionPool.Rented Rent() => _pool.Rent();

    /// <summary>A connection to keep: it waits for other writers, and what it committed survives a power cut.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using (var settings = new Statement(connection, null, "PRAGMA synchronous = FULL"))
                settings.Run();
            _path ??= connection.DataSource;
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads one state of the database, whatever is written meanwhile.</summary>
    public T Read<T>(Func<SqliteConnection, SqliteTransaction?, T> read)
    {
        using var rented = Rent();
        using var transaction = rented.Connection.BeginTransaction(deferred: true);
        return read(rented.Connection, transaction);
    }

    /// <summary>Writes all or nothing.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction?, T> write, CancellationToken stop)
    {
        using var turn = await _gate.EnterAsync(stop).ConfigureAwait(false);
        using var rented = Rent();
        await _busy.RunAsync(rented.Connection, "BEGIN IMMEDIATE", stop).ConfigureAwait(false);
        return WriteAndCommit(rented.Connection, write);
    }

    /// <summary>Writes all or nothing.</summary>
    public T Write<T>(Func<SqliteConnection, SqliteTransaction?, T> write)
    {
        using var turn = _gate.Enter();
        using var rented = Rent();
        _busy.Run(rented.Connection, "BEGIN IMMEDIATE");
        return WriteAndCommit(rented.Connection, write);
    }

    /// <summary>Begins a transaction for somebody else to end. Others of this process that want to write wait for its end.</summary>
    public async Task<OwnTransaction> BeginAsync(IsolationLevel isolation, CancellationToken stop)
    {
        var turn = await _gate.EnterAsync(stop).ConfigureAwait(false);
        SqliteConnection? connection = null;
        try
        {
            connection = Open();
            return new(new(await BeginOnAsync(connection, isolation, stop).ConfigureAwait(false), connection), turn);
        }
        catch
        {
            connection?.Dispose();
            turn.Dispose();
            throw;
        }
    }

    /// <summary>Begins a transaction for somebody else to end. Others of this process that want to write wait for its end.</summary>
    public OwnTransaction Begin(IsolationLevel isolation)
    {
        var turn = _gate.Enter();
        SqliteConnection? connection = null;
        try
        {
            connection = Open();
            return new(new(BeginOn(connection, isolation), connection), turn);
        }
        catch
        {
            connection?.Dispose();
            turn.Dispose();
            throw;
        }
    }

    // The write lock is taken at once: a transaction that reads first and writes later can be refused at any time.
    private readonly string _lock;

    /// <summary>Begins a transaction that may write on a connection to this file.</summary>
    public async Task<SqliteTransaction> BeginOnAsync(SqliteConnection connection, IsolationLevel isolation, CancellationToken stop)
    {
        var transaction = connection.BeginTransaction(isolation, deferred: true);
        try
        {
            await _busy.RunAsync(connection, _lock, stop).ConfigureAwait(false);
            return transaction;
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    /// <summary>Begins a transaction that may write on a connection to this file.</summary>
    public SqliteTransaction BeginOn(SqliteConnection connection, IsolationLevel isolation)
    {
        var transaction = connection.BeginTransaction(isolation, deferred: true);
        try
        {
            _busy.Run(connection, _lock);
            return transaction;
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _pool.Dispose();
        _gate.Dispose();
    }

    private T WriteAndCommit<T>(SqliteConnection connection, Func<SqliteConnection, SqliteTransaction?, T> write)
    {
        try
        {
            var result = write(connection, null);
            _busy.Run(connection, "COMMIT");
            return result;
        }
        finally
        {
            // Some errors have rolled back already.
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
                raw.sqlite3_exec(connection.Handle, "ROLLBACK");
        }
    }
}
