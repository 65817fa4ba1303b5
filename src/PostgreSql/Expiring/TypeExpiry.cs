using Cap.Storage;

namespace Cap.PostgreSql;

/// <summary>Purges the outbox, or the inbox: what was given up long ago, then the ring of log slots, then what slots left behind.</summary>
internal sealed class TypeExpiry(Tables tables, TypeTables type)
{
    private const int BatchSize = 1000;

    private readonly LogRing _ring = new(tables, type);

    // Nothing due stands for these any more, so a log row left behind would look like a success.
    private readonly string _deleteGivenUp = $"""
        WITH gone AS (
          DELETE FROM {type.Due}
          WHERE "Id" = ANY(ARRAY(
            SELECT "Id" FROM {type.Due} WHERE "ExpiresAt" <= clock_timestamp() ORDER BY "ExpiresAt" LIMIT {BatchSize} FOR UPDATE SKIP LOCKED))
          RETURNING "Id"
        ),
        attempt AS (
          DELETE FROM {tables.Attempt} WHERE "Type" = {type.Number} AND "Id" = ANY(ARRAY(SELECT "Id" FROM gone))
        )
        DELETE FROM {type.Log} WHERE "Id" = ANY(ARRAY(SELECT "Id" FROM gone)) RETURNING "Id", "MessageId", "Name"
        """;

    private readonly string _deleteKept = $"""
        DELETE FROM {type.KeptLog}
        WHERE "Id" = ANY(ARRAY(
          SELECT l."Id" FROM {type.KeptLog} l
          WHERE l."Added" <= clock_timestamp() - $1 AND NOT EXISTS (SELECT FROM {type.Due} d WHERE d."Id" = l."Id")
          LIMIT {BatchSize}))
        """;

    private readonly string _deleteAttempts = $"""
        DELETE FROM {tables.Attempt}
        WHERE ctid = ANY(ARRAY(
          SELECT a.ctid FROM {tables.Attempt} a
          WHERE a."Type" = {type.Number} AND a."Added" <= clock_timestamp() - $1
            AND NOT EXISTS (SELECT FROM {type.Due} d WHERE d."Id" = a."Id")
          LIMIT {BatchSize}))
        """;

    public async Task RunAsync(Purge purge)
    {
        await purge.TryAsync(() => DeleteGivenUpAsync(purge)).ConfigureAwait(false);
        await _ring.TurnAsync(purge).ConfigureAwait(false);

        // Attempts are deleted when the log row they belong to has surely gone: its slot may have been open for a while.
        var keep = Parameter.Limit(purge.Request.SucceededKeepTime);
        var slot = keep + LogRing.Width(purge.Request);
        await purge.TryAsync(async () =>
        {
            var messages = await purge.ExecuteAsync(_deleteKept, Parameter.Interval(keep)).ConfigureAwait(false);
            var attempts = await purge.ExecuteAsync(_deleteAttempts, Parameter.Interval(slot + slot)).ConfigureAwait(false);
            purge.Succeeded += messages;
            purge.HasMore |= messages == BatchSize || attempts == BatchSize;
            return true;
        }).ConfigureAwait(false);
    }

    private async Task<bool> DeleteGivenUpAsync(Purge purge)
    {
        var found = new List<ExpiredMessage>();
        using var command = purge.Command(_deleteGivenUp);
        var reader = await command.ExecuteReaderAsync(purge.Stop).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(purge.Stop).ConfigureAwait(false))
                found.Add(new(type.Type, reader.GetInt64(0), reader.GetString(1), reader.GetString(2)));
        }
        purge.Failed.AddRange(found);
        purge.HasMore |= found.Count == BatchSize;
        return true;
    }
}
