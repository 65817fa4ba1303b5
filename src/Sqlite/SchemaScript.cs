using Cap.Messages;

namespace Cap.Sqlite;

/// <summary>The tables as SQL. May be run again, also inside a transaction.</summary>
internal static class SchemaScript
{
    /// <summary>Grows with each change of the tables.</summary>
    public const int Version = 2;

    /// <summary>The oldest version whose libraries can work with these tables.</summary>
    public const int LeastVersion = 1;

    public static string Write(Tables tables) =>
        $"""
        -- Cap's tables, version {Version}. Times are microseconds since 1970, UTC.
        CREATE TABLE IF NOT EXISTS {tables.Setting} (Name TEXT NOT NULL PRIMARY KEY, Value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS {tables.Lane} (Id INTEGER PRIMARY KEY, Type INTEGER NOT NULL, Name TEXT NOT NULL, UNIQUE (Type, Name));
        {Messages(tables, MessageType.Publish)}
        {Messages(tables, MessageType.Subscribe)}
        CREATE TABLE IF NOT EXISTS {tables.Seen} (
            Lane INTEGER NOT NULL, MessageId TEXT NOT NULL, Added INTEGER NOT NULL, PRIMARY KEY (Lane, MessageId)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS {tables.Seen}_added ON {tables.Seen} (Added);
        CREATE TABLE IF NOT EXISTS {tables.Attempt} (
            Type INTEGER NOT NULL, Id INTEGER NOT NULL, Number INTEGER NOT NULL,
            At INTEGER NOT NULL, Node TEXT NOT NULL, Duration INTEGER NOT NULL, Error TEXT NOT NULL, UNIQUE (Type, Id, Number));
        CREATE TABLE IF NOT EXISTS {tables.Node} (
            Name TEXT NOT NULL PRIMARY KEY, ExpiresAt INTEGER NOT NULL, Lanes TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS {tables.Lease} (
            Lane INTEGER NOT NULL, Shard INTEGER NOT NULL, Node TEXT, PRIMARY KEY (Lane, Shard)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS {tables.NodeState} (
            Name TEXT NOT NULL PRIMARY KEY, Troubles TEXT NOT NULL, JoinedAt INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS {tables.Paused} (Lane INTEGER PRIMARY KEY, By TEXT NOT NULL, Since INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS {tables.Statistics} (
            Minute INTEGER NOT NULL, Lane INTEGER NOT NULL, Succeeded INTEGER NOT NULL, Failed INTEGER NOT NULL, GivenUp INTEGER NOT NULL,
            Waited TEXT NOT NULL, Took TEXT NOT NULL, PRIMARY KEY (Minute, Lane)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS {tables.Audit} (
            Id INTEGER PRIMARY KEY AUTOINCREMENT, At INTEGER NOT NULL, By TEXT NOT NULL, What TEXT NOT NULL, "On" TEXT NOT NULL, Changed INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS {tables.Operation} (
            Id INTEGER PRIMARY KEY AUTOINCREMENT, Kind INTEGER NOT NULL, Query TEXT NOT NULL, By TEXT NOT NULL, Expected INTEGER NOT NULL,
            StartedAt INTEGER NOT NULL, EndedAt INTEGER, State INTEGER NOT NULL DEFAULT 0, Changed INTEGER NOT NULL DEFAULT 0, "From" TEXT,
            Node TEXT, TakenUntil INTEGER, Reason TEXT);
        CREATE TABLE IF NOT EXISTS {tables.Signal} (Lane INTEGER PRIMARY KEY, Count INTEGER NOT NULL);
        {View(tables, MessageType.Publish)}
        {View(tables, MessageType.Subscribe)}
        {Raise(tables, "SchemaVersion", Version)}
        {Raise(tables, "LeastSchemaVersion", LeastVersion)}

        """;

    private static string Raise(Tables tables, string setting, int version) =>
        $"""
        INSERT INTO {tables.Setting} (Name, Value) VALUES ('{setting}', '{version}')
        ON CONFLICT (Name) DO UPDATE SET Value = excluded.Value WHERE CAST(Value AS INTEGER) < {version};
        """;

    // AUTOINCREMENT: the id of a deleted row is never given again.
    // DueAt 0: due since it was stored; null: waits for a person.
    private static string Messages(Tables tables, MessageType type)
    {
        var (log, due) = (tables.Log(type), tables.Due(type));
        return $"""
            CREATE TABLE IF NOT EXISTS {log} (
                Id INTEGER PRIMARY KEY AUTOINCREMENT, Lane INTEGER NOT NULL, MessageId TEXT NOT NULL, Name TEXT NOT NULL, Key TEXT,
                Added INTEGER NOT NULL, Content TEXT NOT NULL);
            CREATE INDEX IF NOT EXISTS {log}_added ON {log} (Added);
            CREATE INDEX IF NOT EXISTS {log}_message ON {log} (MessageId);
            CREATE TABLE IF NOT EXISTS {due} (
                Id INTEGER PRIMARY KEY, Lane INTEGER NOT NULL, Shard INTEGER NOT NULL, KeyHash INTEGER, DueAt INTEGER,
                Retries INTEGER NOT NULL DEFAULT 0, ExpiresAt INTEGER);
            CREATE INDEX IF NOT EXISTS {due}_next ON {due} (Lane, Shard, DueAt, Id);
            CREATE INDEX IF NOT EXISTS {due}_key ON {due} (Lane, KeyHash, Id) WHERE Retries > 0 AND KeyHash IS NOT NULL;
            CREATE INDEX IF NOT EXISTS {due}_expires ON {due} (ExpiresAt) WHERE ExpiresAt IS NOT NULL;
            """;
    }

    private static string View(Tables tables, MessageType type) =>
        $"""
        DROP VIEW IF EXISTS {tables.View(type)};
        CREATE VIEW {tables.View(type)} AS
        SELECT
            l.Id AS Id,
            {(type == MessageType.Publish ? "n.Name" : "replace(n.Name, rtrim(n.Name, replace(n.Name, '.', '')), '')")} AS Version,
            l.Name AS Name,
            {(type == MessageType.Publish ? "" : "n.Name AS \"Group\",")}
            l.Content AS Content,
            coalesce(d.Retries, (SELECT max(a.Number) FROM {tables.Attempt} a WHERE a.Type = {(int)type} AND a.Id = l.Id), 0) AS Retries,
            {Iso("l.Added")} AS Added,
            {Iso($"CASE WHEN d.Id IS NULL THEN l.Added + (SELECT CAST(Value AS INTEGER) FROM {tables.Setting} WHERE Name = 'SucceededKeepTime') ELSE d.ExpiresAt END")} AS ExpiresAt,
            CASE
                WHEN d.Id IS NULL THEN 'Succeeded'
                WHEN d.DueAt IS NULL THEN 'Failed'
                WHEN d.Retries = 0 AND d.DueAt > {Clock.Now} THEN 'Delayed'
                ELSE 'Scheduled'
            END AS StatusName
        FROM {tables.Log(type)} l JOIN {tables.Lane} n ON n.Id = l.Lane LEFT JOIN {tables.Due(type)} d ON d.Id = l.Id;
        """;

    private static string Iso(string micros) => $"strftime('%Y-%m-%dT%H:%M:%fZ', ({micros}) / 1000000.0, 'unixepoch')";
}
