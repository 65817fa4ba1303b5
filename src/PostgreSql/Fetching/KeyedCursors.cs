using System.Collections.Concurrent;
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

    private readonly string _newest = $"SELECT COALESCE(pg_sequence_last_value('{type.Sequence}'::regclass), 0)";

    /// <summary>Where the fetch of each shard may start.</summary>
    public long[] From(short lane, short[] shards)
    {
        var cursors = Of(lane);
        lock (cursors)
            return Array.ConvertAll(shards, shard => cursors.From.GetValueOrDefault(shard));
    }

    /// <summary>A fetch returned fresh rows with a key: there is something to move on from. Where there are none, nothing is ever asked.</summary>
    public void SawKeys(short lane)
    {
        var cursors = Of(lane);
        lock (cursors)
            cursors.IsUsed = true;
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
                        Parameter.ArrayOf(From(lane, shards), NpgsqlDbType.Bigint),
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
        var newest = reader.GetInt64(0);
        var after = await ReadWritersAsync(reader, stop).ConfigureAwait(false);
        lock (cursors)
            cursors.Move(before, first, new(newest, after));
    }

    private static async Task<HashSet<string>> ReadWritersAsync(NpgsqlDataReader reader, CancellationToken stop)
    {
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        var writers = new HashSet<string>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
            writers.Add(reader.GetString(0));
        return writers;
    }

    private LaneCursors Of(short lane) => _lanes.GetOrAdd(lane, static _ => new());

    /// <summary>The newest id of a moment, and the transactions that may have taken one up to it and not ended.</summary>
    private sealed record Mark(long Newest, HashSet<string> Writers);

    private sealed class LaneCursors
    {
        private Mark? _mark;

        public Dictionary<short, long> From { get; } = [];

        public bool IsUsed { get; set; }

        public bool IsMoving { get; set; }

        public long Moved { get; set; }

        /// <param name="writers">Who wrote before the look.</param>
        /// <param name="first">What the look found.</param>
        /// <param name="next">The mark of now.</param>
        public void Move(HashSet<string> writers, Dictionary<short, long?> first, Mark next)
        {
            // One that still waits is kept: among new writers, some would always be left.
            if (_mark is { } mark && mark.Writers.Overlaps(writers))
                return;
            if (_mark is not null)
            {
                // Until rows with a key turn up again there is nothing to move on from.
                IsUsed = false;
                foreach (var (shard, id) in first)
                    From[shard] = Math.Max(From.GetValueOrDefault(shard), Math.Min(id ?? long.MaxValue, _mark.Newest + 1));
            }
            _mark = next;
        }
    }
}
