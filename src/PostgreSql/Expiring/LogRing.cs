using Cap.Storage;

namespace Cap.PostgreSql;

/// <summary>
/// Turns the ring of log slots: opens the next one in time, and empties those whose youngest message is old enough. What is still
/// unsettled then moves to the partition of kept rows.
/// </summary>
/// <remarks>
/// A statement that has read the number of a slot may insert into it after the ring turned, even after the slot was emptied. That is
/// fine: the due row names the slot, so the message is found, and it goes when its slot is emptied the next time.
/// </remarks>
internal sealed class LogRing(Tables tables, TypeTables type)
{
    private const int CarryBatch = 2000;
    private const int CarryBatches = 10;

    private readonly string _slots = $"""
        SELECT "Slot", extract(epoch FROM clock_timestamp() - "OpenedAt")::float8, extract(epoch FROM clock_timestamp() - "ClosedAt")::float8
        FROM {tables.LogSlot} WHERE "Type" = {type.Number}
        """;

    private readonly string _open = $"""
        UPDATE {tables.LogSlot} SET "OpenedAt" = clock_timestamp() WHERE "Type" = {type.Number} AND "Slot" = $1 AND "OpenedAt" IS NULL
        """;

    private readonly string _close = $"""
        UPDATE {tables.LogSlot} SET "ClosedAt" = clock_timestamp()
        WHERE "Type" = {type.Number} AND "Slot" = $1 AND "OpenedAt" IS NOT NULL AND "ClosedAt" IS NULL
        """;

    private readonly string _free = $"""
        UPDATE {tables.LogSlot} SET "OpenedAt" = NULL, "ClosedAt" = NULL WHERE "Type" = {type.Number} AND "Slot" = $1
        """;

    private readonly string _isUnsettled = $"""SELECT EXISTS (SELECT FROM {type.Due} WHERE "Slot" = $1)""";

    private readonly string _countUnsettled = $"""
        SELECT count(*) FROM (SELECT FROM {type.Due} WHERE "Slot" = $1 LIMIT {(CarryBatch * CarryBatches) + 1}) x
        """;

    /// <summary>How long a slot is open: six of them together last as long as messages are kept.</summary>
    public static TimeSpan Width(ExpiryRequest request)
    {
        var sixth = Parameter.Limit(request.SucceededKeepTime) / 6;
        return sixth > request.Interval ? sixth : Parameter.Limit(request.Interval);
    }

    public async Task TurnAsync(Purge purge)
    {
        await purge.TryAsync(() => OpenNextAsync(purge)).ConfigureAwait(false);
        var slots = await ReadAsync(purge).ConfigureAwait(false);
        var empty = slots.Count(s => s.IsEmpty);
        foreach (var slot in slots.Where(s => s.ClosedFor >= purge.Request.SucceededKeepTime).OrderByDescending(s => s.ClosedFor))
        {
            if (await EmptyAsync(purge, slot.Slot, isTight: empty < 2).ConfigureAwait(false))
                empty++;
        }
    }

    private async Task<bool> OpenNextAsync(Purge purge)
    {
        var slots = await ReadAsync(purge).ConfigureAwait(false);
        var open = slots.Single(s => s.IsOpen);
        var next = slots.Single(s => s.Slot == (open.Slot + 1) % Tables.LogSlots);

        // When the next slot is not empty yet, the open one takes more: messages are kept longer than they had to be.
        if (open.OpenFor < Width(purge.Request) || !next.IsEmpty || !await IsUsedAsync(purge, open.Slot).ConfigureAwait(false))
            return false;
        var number = Parameter.Small(open.Slot);
        return await purge.ExecuteAsync(_close, number).ConfigureAwait(false) == 1
            && await purge.ExecuteAsync(_open, Parameter.Small(next.Slot)).ConfigureAwait(false) == 1;
    }

    private async Task<List<LogSlot>> ReadAsync(Purge purge)
    {
        var slots = new List<LogSlot>(Tables.LogSlots);
        using var command = purge.Command(_slots);
        var reader = await command.ExecuteReaderAsync(purge.Stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(purge.Stop).ConfigureAwait(false))
            slots.Add(new(reader.GetInt16(0), Age(reader, 1), Age(reader, 2)));
        return slots;
    }

    private static TimeSpan? Age(Npgsql.NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : TimeSpan.FromSeconds(reader.GetDouble(column));

    private Task<bool> IsUsedAsync(Purge purge, int slot) => purge.ReadAsync<bool>($"SELECT EXISTS (SELECT FROM {type.LogOf(slot)})");

    private async Task<bool> EmptyAsync(Purge purge, int slot, bool isTight)
    {
        var unsettled = await purge.ReadAsync<long>(_countUnsettled, Parameter.Small(slot)).ConfigureAwait(false);

        // A backlog is cheaper left where it is, as long as the ring has room.
        if (unsettled > CarryBatch * CarryBatches && !isTight)
            return false;
        if (!await CarryAsync(purge, slot).ConfigureAwait(false))
            return false;

        var count = 0L;
        var isEmpty = await purge.TryTruncateAsync(
            type.LogOf(slot),
            async () =>
            {
                // Rows of transactions that committed late, or that were locked a moment ago: carried the next time.
                if (await purge.ReadAsync<bool>(_isUnsettled, Parameter.Small(slot)).ConfigureAwait(false))
                    return false;
                count = await CountAsync(purge, slot).ConfigureAwait(false);
                return true;
            },
            () => purge.ExecuteAsync(_free, Parameter.Small(slot))).ConfigureAwait(false);
        if (isEmpty)
            purge.Succeeded += count;
        return isEmpty;
    }

    /// <summary>Moves the unsettled rows of a slot to the kept ones, in bounded batches. False when there are more.</summary>
    private async Task<bool> CarryAsync(Purge purge, int slot)
    {
        // Row locks order this after whatever settles a row at the moment, and such rows are left for the next time.
        var sql = $"""
            WITH kept AS MATERIALIZED (
              SELECT "Id" FROM {type.Due} WHERE "Slot" = {slot} ORDER BY "Id" LIMIT {CarryBatch} FOR UPDATE SKIP LOCKED
            ),
            moved AS (
              UPDATE {type.Due} SET "Slot" = {Tables.KeptSlot} WHERE "Id" = ANY(ARRAY(SELECT "Id" FROM kept))
            ),
            gone AS (
              DELETE FROM {type.LogOf(slot)} WHERE "Id" = ANY(ARRAY(SELECT "Id" FROM kept))
              RETURNING "Id", "Added", "Lane", "MessageId", "Name", "Key", "Content"
            )
            INSERT INTO {type.KeptLog} ("Id", "Added", "Slot", "Lane", "MessageId", "Name", "Key", "Content")
            SELECT "Id", "Added", {Tables.KeptSlot}, "Lane", "MessageId", "Name", "Key", "Content" FROM gone
            """;
        for (var batch = 0; batch < CarryBatches; batch++)
        {
            var moved = 0;
            var ran = await purge.TryAsync(async () =>
            {
                moved = await purge.ExecuteAsync(sql).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
            if (!ran)
                return false;
            if (moved < CarryBatch)
                return true;
        }
        purge.HasMore = true;
        return false;
    }

    /// <summary>How many rows are about to go: counted when they are few, else told from their ids, which grow by one.</summary>
    private async Task<long> CountAsync(Purge purge, int slot)
    {
        const int few = 10_000;
        var log = type.LogOf(slot);
        var count = await purge.ReadAsync<long>($"SELECT count(*) FROM (SELECT FROM {log} LIMIT {few}) x").ConfigureAwait(false);
        return count < few ? count : await purge.ReadAsync<long>($"""SELECT max("Id") - min("Id") + 1 FROM {log}""").ConfigureAwait(false);
    }
}
