using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>
/// Lines up the writers of this process. SQLite lets one transaction write at a time and has the others ask again and again on
/// their threads; here they wait in turn, without a thread. Thread-safe.
/// </summary>
internal sealed class WriteGate(TimeSpan busyTimeout, TimeProvider time) : IDisposable
{
    private const int SqliteBusy = 5;
    private readonly SemaphoreSlim _gate = new(1);
    private long _heldSince;

    /// <summary>Enters; disposing the answer leaves.</summary>
    /// <exception cref="SqliteException">The one inside has not left for the busy time-out: SQLITE_BUSY.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken stop)
    {
        while (!await _gate.WaitAsync(busyTimeout, stop).ConfigureAwait(false))
            ThrowIfStuck();
        return Entered();
    }

    /// <summary>Enters; disposing the answer leaves.</summary>
    /// <exception cref="SqliteException">The one inside has not left for the busy time-out: SQLITE_BUSY.</exception>
    public IDisposable Enter()
    {
        while (!_gate.Wait(busyTimeout))
            ThrowIfStuck();
        return Entered();
    }

    public void Dispose() => _gate.Dispose();

    private Turn Entered()
    {
        Volatile.Write(ref _heldSince, time.GetTimestamp());
        return new(_gate);
    }

    // The line may be long; what must not be is one transaction, which may even wait for the very work it would let in.
    private void ThrowIfStuck()
    {
        if (time.GetElapsedTime(Volatile.Read(ref _heldSince)) >= busyTimeout)
        {
            throw new SqliteException(
                $"The database is locked: a transaction of this process has been open for longer than the BusyTimeout of {busyTimeout}. "
                    + "Keep transactions short, and publish in the open transaction instead of beside it.",
                SqliteBusy);
        }
    }

    private sealed class Turn(SemaphoreSlim gate) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                gate.Release();
        }
    }
}
