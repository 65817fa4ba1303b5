namespace Cap.PostgreSql;

/// <summary>
/// The statements that write the inbox: one for readable messages of one group, which is nearly all of them, and one for any, with
/// twice the arrays.
/// </summary>
/// <remarks>
/// "seen" inserts in the order of its key: two nodes that store the same ids in different order would deadlock otherwise.
/// IS TRUE keeps the planner from turning IN into a join, which with its guess of ten rows becomes a nested loop over all.
/// </remarks>
internal sealed class ReceiveSql(Tables tables)
{
    public string Readable { get; } = $"""
        WITH input AS MATERIALIZED (
          SELECT *
          FROM unnest($2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY
            AS u("Shard", "SeenSlot", "SeenId", "MessageId", "Name", "Key", "KeyHash", "Content", "Place")
        ),
        seen AS (
          INSERT INTO {tables.Seen} ("Slot", "Lane", "MessageId")
          SELECT "SeenSlot", $1, "SeenId" FROM input ORDER BY "SeenSlot", "SeenId"
          ON CONFLICT DO NOTHING
          RETURNING "Slot", "MessageId"
        ),
        fresh AS MATERIALIZED (
          SELECT {tables.Received.NextId} AS "Id", {tables.Received.OpenSlot} AS "Slot", f.*
          FROM (
            SELECT * FROM input WHERE (("SeenSlot", "SeenId") IN (SELECT "Slot", "MessageId" FROM seen)) IS TRUE ORDER BY "Place"
          ) f
        ),
        log AS (
          INSERT INTO {tables.Received.Log} ("Id", "Slot", "Lane", "MessageId", "Name", "Key", "Content")
          SELECT "Id", "Slot", $1, "MessageId", "Name", "Key", "Content" FROM fresh
        ),
        due AS (
          INSERT INTO {tables.Received.Due} ("Id", "Slot", "Lane", "Shard", "KeyHash", "Size", "DueAt")
          SELECT "Id", "Slot", $1, "Shard", "KeyHash", octet_length("Content"), '-infinity' FROM fresh
        )
        SELECT "Place", "Id" FROM fresh
        """;

    public string Any { get; } = $"""
        WITH input AS MATERIALIZED (
          SELECT *
          FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) WITH ORDINALITY
            AS u("Lane", "Shard", "SeenSlot", "SeenId", "MessageId", "Name", "Key", "KeyHash", "Content",
              "Number", "At", "Node", "Duration", "Error", "KeepTime", "Place")
        ),
        seen AS (
          INSERT INTO {tables.Seen} ("Slot", "Lane", "MessageId")
          SELECT "SeenSlot", "Lane", "SeenId" FROM input ORDER BY "SeenSlot", "Lane", "SeenId"
          ON CONFLICT DO NOTHING
          RETURNING "Slot", "Lane", "MessageId"
        ),
        fresh AS MATERIALIZED (
          SELECT {tables.Received.NextId} AS "Id", {tables.Received.OpenSlot} AS "Slot", f.*
          FROM (
            SELECT *
            FROM input
            WHERE (("SeenSlot", "Lane", "SeenId") IN (SELECT "Slot", "Lane", "MessageId" FROM seen)) IS TRUE
            ORDER BY "Place"
          ) f
        ),
        log AS (
          INSERT INTO {tables.Received.Log} ("Id", "Slot", "Lane", "MessageId", "Name", "Key", "Content")
          SELECT "Id", "Slot", "Lane", "MessageId", "Name", "Key", "Content" FROM fresh
        ),
        due AS (
          INSERT INTO {tables.Received.Due} ("Id", "Slot", "Lane", "Shard", "KeyHash", "Size", "Retries", "DueAt", "ExpiresAt")
          SELECT "Id", "Slot", "Lane", "Shard", "KeyHash", octet_length("Content"), COALESCE("Number", 0),
            CASE WHEN "Number" IS NULL THEN '-infinity'::timestamptz END,
            CASE WHEN "Number" IS NOT NULL THEN clock_timestamp() + "KeepTime" END
          FROM fresh
        ),
        attempt AS (
          INSERT INTO {tables.Attempt} ("Type", "Id", "Number", "At", "Node", "Duration", "Error")
          SELECT {tables.Received.Number}, "Id", "Number", "At", "Node", "Duration", "Error" FROM fresh WHERE "Number" IS NOT NULL
        )
        SELECT "Place", "Id" FROM fresh
        """;
}
