using Cap.Messages;

namespace Cap.Sqlite;

/// <summary>The statements of <see cref="Fetching"/> for one of the boxes.</summary>
internal sealed class FetchSql(Tables tables, MessageType type)
{
    /// <summary>Fresh rows of a shard, by id. Those with a key below the start are few: deleted entries leave nothing to walk over.</summary>
    public string Fresh { get; } = $"""
        SELECT d.Id, d.KeyHash FROM {tables.Due(type)} d
        WHERE d.Lane = $lane AND d.Shard = $shard AND d.DueAt = 0 AND (d.Id >= $from OR d.KeyHash IS NOT NULL) AND {IsFree(tables, type)}
        ORDER BY d.Id
        """;

    /// <summary>Failed and delayed rows of a shard whose time has come.</summary>
    public string Timed { get; } = $"""
        SELECT d.Id, d.KeyHash FROM {tables.Due(type)} d
        WHERE d.Lane = $lane AND d.Shard = $shard AND d.DueAt > 0 AND d.DueAt <= $now AND {IsFree(tables, type)}
        ORDER BY d.DueAt, d.Id
        """;

    /// <summary>When the next row of a shard falls due.</summary>
    public string Next { get; } = $"""
        SELECT min(DueAt) FROM {tables.Due(type)} WHERE Lane = $lane AND Shard = $shard AND DueAt > $now
        """;

    /// <summary>A row with its message.</summary>
    public string Load { get; } = $"""
        SELECT d.Shard, d.KeyHash, d.DueAt, d.Retries, l.MessageId, l.Name, CAST(l.Content AS BLOB), length(CAST(l.Content AS BLOB))
        FROM {tables.Due(type)} d JOIN {tables.Log(type)} l ON l.Id = d.Id
        WHERE d.Id = $id
        """;

    // KeyHash IS NOT NULL lets SQLite use the partial index of failed keys.
    private static string IsFree(Tables tables, MessageType type) =>
        $"""
        NOT EXISTS (
            SELECT 1 FROM {tables.Due(type)} f
            WHERE f.Lane = d.Lane AND f.KeyHash = d.KeyHash AND f.KeyHash IS NOT NULL AND f.Retries > 0 AND f.Id < d.Id)
        """;
}
