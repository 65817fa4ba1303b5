using System.Data;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Opens connections to the file, and runs reads and writes on them. Thread-safe.</summary>
internal sealed class Database : IDisposable
{
    private readonly string _connectionString;
    private readonly string _settings;
    private readonly WriteGate _gate;
    private string? _path;

    public Database(SqliteStorageOptions options, TimeProvider time)
    {
        var builder = new SqliteConnectionStringBuilder(options.ConnectionString)
        {
            // A shared cache would lock whole tables, without waiting.
            Cache = SqliteCacheMode.Default,
            DefaultTimeout = (int)Math.Ceiling(options.BusyTimeout.TotalSeconds),
        };
        _connectionString = builder.ToString();
        DataSource = builder.DataSource;
        _settings = string.Create(
            CultureInfo.InvariantCulture,
            $"PRAGMA busy_timeout = {(int)options.BusyTimeout.TotalMilliseconds}; PRAGMA synchronous = FULL;");
        _gate = new(options.BusyTimeout, time);
        Tables = new(options.TableNamePrefix);
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

    /// <summary>A connection of our own: it waits for other writers, and what it committed survives a power cut.</summary>
    public SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            using (var settings = new Statement(connection, null, _settings))
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
    public T Read<T>(Func<SqliteConnection, SqliteTransaction, T> read)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: true);
        return read(connection, transaction);
    }

    /// <summary>Writes all or nothing.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, SqliteTransaction, T> write, CancellationToken stop)
    {
        using var turn = await _gate.EnterAsync(stop).ConfigureAwait(false);
        return WriteInTurn(write);
    }

    /// <summary>Writes all or nothing.</summary>
    public T Write<T>(Func<SqliteConnection, SqliteTransaction, T> write)
    {
        using var turn = _gate.Enter();
        return WriteInTurn(write);
    }

    /// <summary>Begins a transaction for somebody else to end. Others of this process that want to write wait for its end.</summary>
    public async Task<OwnTransaction> BeginAsync(IsolationLevel isolation, CancellationToken stop) =>
        BeginInTurn(isolation, await _gate.EnterAsync(stop).ConfigureAwait(false));

    /// <summary>Begins a transaction for somebody else to end. Others of this process that want to write wait for its end.</summary>
    public OwnTransaction Begin(IsolationLevel isolation) => BeginInTurn(isolation, _gate.Enter());

    public void Dispose()
    {
        using (var connection = new SqliteConnection(_connectionString))
            SqliteConnection.ClearPool(connection);
        _gate.Dispose();
    }

    private T WriteInTurn<T>(Func<SqliteConnection, SqliteTransaction, T> write)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        var result = write(connection, transaction);
        transaction.Commit();
        return result;
    }

    private OwnTransaction BeginInTurn(IsolationLevel isolation, IDisposable turn)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = Open();
            return new(new(connection.BeginTransaction(isolation, deferred: false), connection), turn);
        }
        catch
        {
            connection?.Dispose();
            turn.Dispose();
            throw;
        }
    }
}
