using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cap.Sqlite;

/// <summary>Keeps connections open for the next use. Thread-safe.</summary>
/// <remarks>
/// The pool of Microsoft.Data.Sqlite can lend one connection to two owners at once, and takes one back that is inside a transaction
/// (docs/decisions/0017-connections-of-sqlite.md).
/// </remarks>
internal sealed class ConnectionPool(Func<SqliteConnection> open) : IDisposable
{
    private const int MostIdle = 16;
    private readonly Lock _gate = new();
    private readonly Stack<SqliteConnection> _idle = [];
    private bool _isDisposed;

    /// <summary>A connection for one use.</summary>
    public Rented Rent()
    {
        lock (_gate)
        {
            if (_idle.TryPop(out var idle))
                return new(this, idle);
        }
        return new(this, open());
    }

    public void Dispose()
    {
        List<SqliteConnection> idle;
        lock (_gate)
        {
            _isDisposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }
        idle.ForEach(connection => connection.Dispose());
    }

    private void Return(SqliteConnection connection)
    {
        if (connection.Handle is { } handle && raw.sqlite3_get_autocommit(handle) != 0)
        {
            lock (_gate)
            {
                if (!_isDisposed && _idle.Count < MostIdle)
                {
                    _idle.Push(connection);
                    return;
                }
            }
        }
        // Closing it ends whatever transaction was left open.
        connection.Dispose();
    }

    /// <summary>A connection in use; disposing gives it back, once.</summary>
    public sealed class Rented(ConnectionPool pool, SqliteConnection connection) : IDisposable
    {
        private ConnectionPool? _pool = pool;

        public SqliteConnection Connection { get; } = connection;

        public void Dispose() => Interlocked.Exchange(ref _pool, null)?.Return(Connection);
    }
}
