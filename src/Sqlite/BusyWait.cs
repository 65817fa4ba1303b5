using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cap.Sqlite;

/// <summary>
/// Waits for the writers of other processes. SQLite's own busy_timeout sleeps on the thread, in some builds whole seconds, and
/// Microsoft.Data.Sqlite 150 ms; this asks again after a few milliseconds.
/// </summary>
internal sealed class BusyWait(TimeSpan busyTimeout, TimeProvider time)
{
    private const int Slowest = 20;

    /// <summary>Runs the statement when its lock is free.</summary>
    /// <exception cref="SqliteException">SQLITE_BUSY for longer than the busy time-out, or another error.</exception>
    public async Task RunAsync(SqliteConnection connection, string sql, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        for (var pause = 1; !TryRun(connection, sql, began); pause = Math.Min(pause * 2, Slowest))
            await Task.Delay(TimeSpan.FromMilliseconds(pause), time, stop).ConfigureAwait(false);
    }

    /// <summary>Runs the statement when its lock is free.</summary>
    /// <exception cref="SqliteException">SQLITE_BUSY for longer than the busy time-out, or another error.</exception>
    public void Run(SqliteConnection connection, string sql)
    {
        var began = time.GetTimestamp();
        using var never = new ManualResetEventSlim();
        for (var pause = 1; !TryRun(connection, sql, began); pause = Math.Min(pause * 2, Slowest))
            never.Wait(pause);
    }

    private bool TryRun(SqliteConnection connection, string sql, long began)
    {
        var result = raw.sqlite3_exec(connection.Handle, sql);
        if ((result & 0xff) == raw.SQLITE_BUSY && time.GetElapsedTime(began) < busyTimeout)
            return false;
        SqliteException.ThrowExceptionForRC(result, connection.Handle);
        return true;
    }
}
