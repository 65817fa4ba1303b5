using System.Text;

namespace Cap.PostgreSql;

/// <summary>
/// Writes the script that makes the tables, or brings older ones up to date. It may be run again, also on tables of a newer version,
/// which it leaves alone. There is no DDL at run time: the partitions are rings, made once and emptied in turn.
/// </summary>
/// <remarks>
/// It runs beside applications that work. Even with IF NOT EXISTS, an index takes a lock that stops everybody who writes, and a view one
/// that stops everybody who reads it, so both are looked for first. docs/upgrading/schema.md has the rules for a change.
/// </remarks>
internal sealed class SchemaScript(Tables tables)
{
    /// <summary>The version this library makes.</summary>
    public const int Version = 3;

    /// <summary>The oldest version whose libraries can work with these tables.</summary>
    public const int LeastVersion = 1;

    /// <summary>How long a change waits for a lock before it gives up: whoever wants the table meanwhile waits behind it.</summary>
    public const string LockTime = "500ms";

    /// <summary>The version that changed the views last.</summary>
    private const int ViewVersion = 1;

    public const string VersionSetting = "schema version";
    public const string LeastVersionSetting = "least schema version";
    public const string InstanceSetting = "instance";
    public const string ShardsSetting = "shards";
    public const string KeepTimeSetting = "succeeded keep time in microseconds";

    /// <summary>The script for people who own their schema.</summary>
    public string Whole() => $"""
        -- Tables of Cap, version {Version}, for PostgreSQL 13 or newer. May be run again.
        -- The application's role needs on them: USAGE of the schema and the sequences; SELECT, INSERT, UPDATE, DELETE and TRUNCATE of
        -- the tables. A role that only publishes needs INSERT on published_log and published_due, SELECT on log_slot and setting,
        -- and USAGE of the sequence published_id.
        BEGIN;
        SELECT pg_advisory_xact_lock({tables.SchemaLock});
        -- Somebody who holds a lock for long, a backup perhaps, makes this end with an error and without a change. Run it again then.
        SET LOCAL lock_timeout = '{LockTime}';

        {Body()}
        COMMIT;

        """;

    /// <summary>The statements, to be run in one transaction that holds the schema lock.</summary>
    public string Body()
    {
        var script = new StringBuilder();
        script.AppendLine(Common());
        foreach (var type in new[] { tables.Published, tables.Received })
        {
            script.AppendLine(Log(type));
            script.AppendLine(Due(type));
        }
        script.AppendLine(Seen());
        script.AppendLine(People());
        script.AppendLine(View(tables.Published, """n."Name" AS "Version", l."Name" """));
        script.AppendLine(View(tables.Received, """substring(n."Name" from '[^.]*$') AS "Version", l."Name", n."Name" AS "Group" """));
        script.AppendLine(Settings());
        return script.ToString();
    }

    private string Common() => $"""
        DO $do$ BEGIN
          IF to_regnamespace('"{tables.Schema}"') IS NULL THEN CREATE SCHEMA "{tables.Schema}"; END IF;
        END $do$;

        CREATE TABLE IF NOT EXISTS {tables.Setting} (
          "Name" text PRIMARY KEY,
          "Value" text NOT NULL
        );

        -- Rows that the same nodes share: the outbox of a version (type 0) or the inbox of a group (type 1).
        CREATE TABLE IF NOT EXISTS {tables.Lane} (
          "Id" smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          "Type" smallint NOT NULL,
          "Name" text NOT NULL,
          UNIQUE ("Type", "Name")
        );

        -- The ring of log partitions: empty (not opened), open (one of each type takes the new rows) or closed (waits to be emptied).
        CREATE TABLE IF NOT EXISTS {tables.LogSlot} (
          "Type" smallint NOT NULL,
          "Slot" smallint NOT NULL,
          "OpenedAt" timestamptz,
          "ClosedAt" timestamptz,
          PRIMARY KEY ("Type", "Slot"),
          CHECK ("ClosedAt" IS NULL OR "OpenedAt" IS NOT NULL)
        );
        {Index(tables.QuoteLocal("log_slot_open"), $"""{tables.LogSlot} ("Type") WHERE "OpenedAt" IS NOT NULL AND "ClosedAt" IS NULL""", "UNIQUE ")}
        INSERT INTO {tables.LogSlot} ("Type", "Slot", "OpenedAt")
          SELECT t, s, CASE WHEN s = 0 THEN clock_timestamp() END
          FROM generate_series(0, 1) t, generate_series(0, {Tables.LogSlots - 1}) s
          ON CONFLICT DO NOTHING;

        CREATE TABLE IF NOT EXISTS {tables.Attempt} (
          "Type" smallint NOT NULL,
          "Id" bigint NOT NULL,
          "Number" integer NOT NULL,
          "At" timestamptz NOT NULL,
          "Added" timestamptz NOT NULL DEFAULT clock_timestamp(),
          "Duration" interval NOT NULL,
          "Node" text NOT NULL,
          "Error" text NOT NULL,
          PRIMARY KEY ("Type", "Id", "Number")
        );
        {Index(tables.QuoteLocal("attempt_added"), $"""{tables.Attempt} ("Added")""")}

        CREATE TABLE IF NOT EXISTS {tables.Node} (
          "Name" text PRIMARY KEY,
          "ExpiresAt" timestamptz NOT NULL,
          "Lanes" text[] NOT NULL
        );
        -- Since version 2, so that a rolling deploy can be watched. A node of version 1 leaves both at their defaults.
        {AddColumns(tables.Node, """ "JoinedAt" timestamptz """, """ "SchemaVersion" integer NOT NULL DEFAULT 1 """)}
        -- Since version 3: what does not work in the node.
        {AddColumns(tables.Node, """ "Troubles" text """)}
        CREATE TABLE IF NOT EXISTS {tables.Lease} (
          "Lane" text NOT NULL,
          "Shard" smallint NOT NULL,
          "Node" text,
          PRIMARY KEY ("Lane", "Shard")
        );

        """;

    /// <remarks>
    /// Autovacuum has nothing to do in a slot: rows are only added, and the whole slot is emptied at once. It only would read and
    /// write every page once more.
    /// </remarks>
    private static string Log(TypeTables type)
    {
        var script = new StringBuilder();
        script.AppendLine($"""
            CREATE SEQUENCE IF NOT EXISTS {type.Sequence} AS bigint CACHE 1;

            -- Messages, written once.
            CREATE TABLE IF NOT EXISTS {type.Log} (
              "Id" bigint NOT NULL,
              "Added" timestamptz NOT NULL DEFAULT clock_timestamp(),
              "Slot" smallint NOT NULL,
              "Lane" smallint NOT NULL,
              "MessageId" text NOT NULL,
              "Name" text NOT NULL,
              "Key" text,
              "Content" bytea NOT NULL,
              PRIMARY KEY ("Id", "Slot")
            ) PARTITION BY LIST ("Slot");
            CREATE TABLE IF NOT EXISTS {type.KeptLog} PARTITION OF {type.Log} FOR VALUES IN ({Tables.KeptSlot});
            """);
        for (var slot = 0; slot < Tables.LogSlots; slot++)
        {
            script.AppendLine($"""
                CREATE TABLE IF NOT EXISTS {type.LogOf(slot)} PARTITION OF {type.Log} FOR VALUES IN ({slot})
                  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
                """);
        }
        return script.ToString();
    }

    /// <remarks>
    /// The table lives on being small and churning: vacuum soon, and keep its pages, since cutting them off needs a lock that stops
    /// everybody, and makes the planner believe for a while that the table is empty.
    /// </remarks>
    private string Due(TypeTables type) => $"""
        -- What still needs work. DueAt: -infinity for a fresh row, null for one that was given up.
        CREATE TABLE IF NOT EXISTS {type.Due} (
          "Id" bigint PRIMARY KEY,
          "DueAt" timestamptz,
          "KeyHash" bigint,
          "ExpiresAt" timestamptz,
          "Size" integer NOT NULL,
          "Retries" integer NOT NULL DEFAULT 0,
          "Slot" smallint NOT NULL,
          "Lane" smallint NOT NULL,
          "Shard" smallint NOT NULL
        ) WITH (
          autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
          autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 5000, vacuum_truncate = false
        );
        {Index(type.Index("due_fresh"), $"""{type.Due} ("Lane", "Shard", "Id") WHERE "DueAt" = '-infinity' AND "KeyHash" IS NULL""")}
        {Index(type.Index("due_keyed"), $"""{type.Due} ("Lane", "Shard", "Id") WHERE "DueAt" = '-infinity' AND "KeyHash" IS NOT NULL""")}
        {Index(type.Index("due_later"), $"""{type.Due} ("Lane", "Shard", "DueAt", "Id") WHERE "DueAt" > '-infinity'""")}
        {Index(type.Index("due_blocking"), $"""{type.Due} ("Lane", "KeyHash", "Id") WHERE "KeyHash" IS NOT NULL AND "Retries" > 0""")}
        {Index(type.Index("due_expiring"), $"""{type.Due} ("ExpiresAt") WHERE "ExpiresAt" IS NOT NULL""")}

        """;

    private string Seen()
    {
        var script = new StringBuilder();
        script.AppendLine($"""
            -- The memory of the inbox. The slot follows from the id, so an id is unique over all slots.
            CREATE TABLE IF NOT EXISTS {tables.Seen} (
              "Added" timestamptz NOT NULL DEFAULT clock_timestamp(),
              "Slot" smallint NOT NULL,
              "Lane" smallint NOT NULL,
              "MessageId" bytea NOT NULL,
              PRIMARY KEY ("Lane", "MessageId", "Slot")
            ) PARTITION BY LIST ("Slot");
            CREATE TABLE IF NOT EXISTS {tables.SeenOwn} PARTITION OF {tables.Seen} FOR VALUES IN ({Tables.OwnIdSlot});
            {Index(tables.QuoteLocal("received_seen_added"), $"""{tables.SeenOwn} ("Added")""")}
            """);
        for (var slot = 0; slot < Tables.SeenSlots; slot++)
            script.AppendLine($"CREATE TABLE IF NOT EXISTS {tables.SeenOf(slot)} PARTITION OF {tables.Seen} FOR VALUES IN ({slot});");
        return script.ToString();
    }

    /// <remarks>Since version 3. A library of before knows nothing of pauses, and goes on with a lane that was paused.</remarks>
    private string People() => $"""
        -- Lanes that nobody works for now.
        CREATE TABLE IF NOT EXISTS {tables.Paused} (
          "Lane" text PRIMARY KEY,
          "Since" timestamptz NOT NULL DEFAULT clock_timestamp(),
          "By" text NOT NULL
        );

        -- What was counted in each lane and minute. Waited and Took are histograms of durations in steps of the square root of two, from 0.1 ms.
        CREATE TABLE IF NOT EXISTS {tables.Statistics} (
          "Minute" timestamptz NOT NULL,
          "Succeeded" bigint NOT NULL,
          "Failed" bigint NOT NULL,
          "GivenUp" bigint NOT NULL,
          "Lane" smallint NOT NULL,
          "Waited" bigint[] NOT NULL,
          "Took" bigint[] NOT NULL,
          PRIMARY KEY ("Minute", "Lane")
        );

        -- What people did.
        CREATE TABLE IF NOT EXISTS {tables.Audit} (
          "Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          "At" timestamptz NOT NULL DEFAULT clock_timestamp(),
          "Changed" bigint NOT NULL,
          "By" text NOT NULL,
          "What" text NOT NULL,
          "On" text NOT NULL
        );

        -- Actions on all that a query finds: kind 0 retry, 1 delete, 2 cancel; state 0 running, 1 done, 2 stopped, 3 failed.
        CREATE TABLE IF NOT EXISTS {tables.Operation} (
          "Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          "StartedAt" timestamptz NOT NULL DEFAULT clock_timestamp(),
          "EndedAt" timestamptz,
          "TakenUntil" timestamptz,
          "Expected" bigint NOT NULL,
          "Changed" bigint NOT NULL DEFAULT 0,
          "Kind" smallint NOT NULL,
          "State" smallint NOT NULL DEFAULT 0,
          "Query" text NOT NULL,
          "By" text NOT NULL,
          "From" text,
          "Node" text,
          "Reason" text
        );

        """;

    /// <remarks>The inbox knows no version of its own: the group's name ends with it, after the last dot.</remarks>
    private string View(TypeTables type, string names) => $"""
        -- Public: these columns keep their names and meanings.
        DO $do$ BEGIN
        IF to_regclass('{type.View}') IS NULL
            OR NOT EXISTS (SELECT FROM {tables.Setting} WHERE "Name" = '{VersionSetting}' AND "Value"::integer >= {ViewVersion}) THEN
        CREATE OR REPLACE VIEW {type.View} AS
          SELECT l."Id", {names.TrimEnd()}, convert_from(l."Content", 'UTF8') AS "Content",
            {StatusColumns.Retries(tables, type)} AS "Retries", l."Added",
            {StatusColumns.ExpiresAt(tables)} AS "ExpiresAt",
            {StatusColumns.StatusName} AS "StatusName"
          FROM {type.Log} l
          JOIN {tables.Lane} n ON n."Id" = l."Lane"
          LEFT JOIN {type.Due} d ON d."Id" = l."Id";
        END IF;
        END $do$;

        """;

    private string Settings() => $"""
        INSERT INTO {tables.Setting} VALUES ('{InstanceSetting}', gen_random_uuid()::text) ON CONFLICT DO NOTHING;
        INSERT INTO {tables.Setting} VALUES ('{KeepTimeSetting}', '3600000000') ON CONFLICT DO NOTHING;
        {Raise(VersionSetting, Version)}
        {Raise(LeastVersionSetting, LeastVersion)}
        """;

    // The numbers never go back: an older script may be run after a newer one.
    private string Raise(string setting, int version) => $"""
        INSERT INTO {tables.Setting} AS s VALUES ('{setting}', '{version}')
          ON CONFLICT ("Name") DO UPDATE SET "Value" = EXCLUDED."Value" WHERE s."Value"::integer < {version};
        """;

    /// <remarks>A column may be null, or have a constant default that costs no rewrite. Which are there is told by the last one.</remarks>
    private static string AddColumns(string table, params string[] columns)
    {
        var last = columns[^1].Split('"')[1];
        return $"""
            DO $do$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('{table}') AND attname = '{last}' AND NOT attisdropped) THEN
                ALTER TABLE {table} {string.Join(", ", columns.Select(c => $"ADD COLUMN {c.Trim()}"))};
              END IF;
            END $do$;
            """;
    }

    private string Index(string name, string on, string kind = "") => $"""
        DO $do$ BEGIN
          IF to_regclass('"{tables.Schema}".{name}') IS NULL THEN CREATE {kind}INDEX {name} ON {on}; END IF;
        END $do$;
        """;
}
