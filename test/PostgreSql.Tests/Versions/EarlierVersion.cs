using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql.Tests;

/// <summary>What libraries of earlier schema versions made and ran, frozen as text: it must go on working on newer tables.</summary>
internal static class EarlierVersion
{
    /// <summary>Makes the tables as they were.</summary>
    public static async Task MakeAsync(TestSchema schema, int version = 1)
    {
        for (var made = 1; made <= version; made++)
        {
            using var script = new StreamReader(typeof(EarlierVersion).Assembly.GetManifestResourceStream($"v{made}.sql")!);
            await schema.ExecuteAsync(In(schema, await script.ReadToEndAsync()));
        }
        await schema.ExecuteAsync($"INSERT INTO {schema.Tables.Setting} VALUES ('shards', '16')");
    }

    /// <summary>A heartbeat of a node.</summary>
    public static Task BeatAsync(TestSchema schema, string node) =>
        RunAsync(
            schema,
            """
            INSERT INTO "frozen"."node" ("Name", "ExpiresAt", "Lanes") VALUES ($1, $2, $3)
            ON CONFLICT ("Name") DO UPDATE SET "ExpiresAt" = EXCLUDED."ExpiresAt", "Lanes" = EXCLUDED."Lanes"
            """,
            Parameter.Text(node),
            Parameter.Time(DateTimeOffset.MaxValue),
            Parameter.ArrayOf(new[] { "published/v1" }, NpgsqlDbType.Text));

    /// <summary>Publishes a message.</summary>
    public static Task PublishAsync(TestSchema schema, short lane, string messageId) =>
        RunAsync(
            schema,
            """
            WITH input AS MATERIALIZED (SELECT nextval('"frozen"."published_id"') AS "Id", (SELECT s."Slot" FROM "frozen"."log_slot" s WHERE s."Type" = 0 AND s."OpenedAt" IS NOT NULL AND s."ClosedAt" IS NULL) AS "Slot"),
            log AS (
              INSERT INTO "frozen"."published_log" ("Id", "Slot", "Lane", "MessageId", "Name", "Key", "Content")
              SELECT "Id", "Slot", $1, $3, $4, $5, $7 FROM input
            )
            INSERT INTO "frozen"."published_due" ("Id", "Slot", "Lane", "Shard", "KeyHash", "Size", "DueAt")
            SELECT "Id", "Slot", $1, $2, $6, octet_length($7), COALESCE($8, clock_timestamp() + $9, '-infinity') FROM input
            """,
            Parameter.Small(lane),
            Parameter.Small(3),
            Parameter.Text(messageId),
            Parameter.Text("order.placed"),
            Parameter.Text(null),
            Parameter.Big(null),
            Parameter.Bytes(Conformance.Sample.Content()),
            Parameter.Time(null),
            Parameter.Interval(null));

    /// <summary>Settles rows of the outbox.</summary>
    public static Task SettleAsync(TestSchema schema, params long[] ids) =>
        RunAsync(schema, """DELETE FROM "frozen"."published_due" WHERE "Id" = ANY($1)""", Parameter.ArrayOf(ids, NpgsqlDbType.Bigint));

    private static async Task RunAsync(TestSchema schema, string sql, params NpgsqlParameter[] parameters)
    {
        await using var connection = await schema.ConnectAsync();
        await using var command = new NpgsqlCommand(In(schema, sql), connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync();
    }

    private static string In(TestSchema schema, string sql) => sql.Replace("\"frozen\"", $"\"{schema.Options.Schema}\"", StringComparison.Ordinal);
}
