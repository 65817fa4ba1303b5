using System.Collections.Concurrent;
using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>
/// Remembers, per lane and shard, below which id no fresh row with a key can ever be again, so that a fetch need not walk over the dead
/// index entries of all that was settled while a transaction held open elsewhere keeps them. Thread-safe.
/// </summary>
/// <remarks>
/// A cursor that only trails by time would skip a row whose transaction commits late, and a later row of its key would overtake it. So
/// this one moves only to what is certain. Whoever writes rows holds a lock on the table from before it takes their ids until it has
/// ended. First the newest id is read and then who holds that lock; once each of these has ended, every row up to that id is either
/// visible or will never be, and the first fresh row that a look finds then is the first there is. Rows never become fresh again.
/// A transaction of the application that has published and stays open holds the cursor where it is.
/// All of this holds as long as the database forgets nothing. After a restart or a failover, where it may have lost its latest ids or
/// results, everything begins anew; and a rare look at everything, the sweep, finds what no rule foresaw.
/// </remarks>
internal sealed class KeyedCursors(TypeTables type)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<short, LaneCursors> _lanes = new();

    private readonly string _writers = $"""
        SELECT virtualtransaction FROM pg_locks
        WHERE locktype = 'relation' AND relation = '{type.Due}'::regclass AND mode = 'RowExclusiveLock' AND granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """;

    private readonly string _first = $"""
        SELECT s."Shard", (
            SELECT d."Id" FROM {type.Due} d
            WHERE d."Lane" = $1 AND d."Shard" = s."Shard" AND d."DueAt" = '-infinity' AND d."KeyHash" IS NOT NULL AND d."Id" >= s."FromId"
            ORDER BY d."Id" LIMIT 1)
        FROM unnest($2, $3) AS s("Shard", "FromId")
        """;

    private readonly string _newest = $"SELECT COALESCE(pg_sequence_last_value('{type.Sequence}'::regclass), 0), pg_postmaster_start_time()";

    /// <summary>Where the fetch of each shard starts: behind what is settled, or for a sweep at the beginning.</summary>
    public long[] BeginFetch(short lane, short[] shards)
    {
        var cursors = Of(lane);
        lock (cursors)
            return cursors.BeginsSweep() ? new long[shards.Length] : Array.ConvertAll(shards, cursors.FromOf);
    }

    /// <summary>What the fetch found. Where there are no keys, nothing is ever asked.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="fresh">The fresh rows with a key.</param>
    public void EndFetch(short lane, IEnumerable<(short Shard, long Id)> fresh)
    {
        var cursors = Of(lane);
        lock (cursors)
        {
            cursors.EndSweep();
            foreach (var (shard, id) in fresh)
                cursors.Saw(shard, id);
        }
    }

    /// <summary>Moves on, at most every two seconds, and not twice at once.</summary>
    public async Task AdvanceAsync(NpgsqlConnection connection, short lane, short[] shards, CancellationToken stop)
    {
        var cursors = Of(lane);
        lock (cursors)
        {
            if (!cursors.IsUsed || cursors.IsMoving || TimeProvider.System.GetElapsedTime(cursors.Moved) < Interval)
                return;
            (cursors.IsMoving, cursors.Moved) = (true, TimeProvider.System.GetTimestamp());
        }
        try
        {
            await MoveAsync(connection, lane, shards, stop).ConfigureAwait(false);
        }
        finally
        {
            lock (cursors)
                cursors.IsMoving = false;
        }
    }

    /// <summary>Moves on now, as far as is certain.</summary>
    internal async Task MoveAsync(NpgsqlConnection connection, short lane, short[] shards, CancellationToken stop)
    {
        var cursors = Of(lane);
        long[] from;
        lock (cursors)
            from = Array.ConvertAll(shards, cursors.FromOf);

        // Each statement must see what was committed before it began, whatever the default of this database is.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, stop).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        var (before, first, next) = await LookAsync(connection, lane, shards, from, stop).ConfigureAwait(false);
        await transaction.CommitAsync(stop).ConfigureAwait(false);
        lock (cursors)
            cursors.Move(before, first, next);
    }

    private async Task<(HashSet<string> Before, Dictionary<short, long?> First, CursorMark Next)> LookAsync(
        NpgsqlConnection connection, short lane, short[] shards, long[] from, CancellationToken stop)
    {
        using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                IndexPlans.Command(),
                new(_writers),
                new(_first)
                {
                    Parameters =
                    {
                        Parameter.Small(lane),
                        Parameter.ArrayOf(shards, NpgsqlDbType.Smallint),
                        Parameter.ArrayOf(from, NpgsqlDbType.Bigint),
                    },
                },
                new(_newest),
                new(_writers),
            },
        };
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        var before = await ReadWritersAsync(reader, stop).ConfigureAwait(false);
        var first = new Dictionary<short, long?>(shards.Length);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            first[reader.GetInt16(0)] = reader.IsDBNull(1) ? null : reader.GetInt64(1);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        var (newest, serverStart) = (reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1));
        return (before, first, new(newest, await ReadWritersAsync(reader, stop).ConfigureAwait(false), serverStart));
    }

    private static async Task<HashSet<string>> ReadWritersAsync(NpgsqlDataReader reader, CancellationToken stop)
    {
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        var writers = new HashSet<string>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            writers.Add(reader.GetString(0));
        return writers;
    }

    private LaneCursors Of(short lane) => _lanes.GetOrAdd(lane, static _ => new(TimeProvider.System));
}
