using System.Globalization;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Makes the tables and checks them.</summary>
internal sealed class Schema(Database database, bool createTables)
{
    public async Task InitializeAsync(StorageSettings settings, CancellationToken stop)
    {
        CheckFile();

        // A start beside a busy application takes no lock unless there is something to change.
        if (database.Read((connection, transaction) => IsReady(connection, transaction, settings)))
            return;
        await database.WriteAsync(
            (connection, transaction) =>
            {
                var version = ReadVersion(connection, transaction);
                ThrowIfTooNew(connection, transaction, version);
                if ((version ?? 0) < SchemaScript.Version)
                    Make(connection, transaction, version);
                CheckShardCount(connection, transaction, settings);
                Write(connection, transaction, "ShardCount", settings.ShardCount);
                return Write(connection, transaction, "SucceededKeepTime", Clock.Micros(settings.SucceededKeepTime));
            },
            stop).ConfigureAwait(false);
    }

    /// <summary>Readers and a writer work side by side only with a write-ahead log, which is a property of the file.</summary>
    private void CheckFile()
    {
        using var connection = database.Open();
        using var encoding = new Statement(connection, null, "PRAGMA encoding");
        if (encoding.Text() is not "UTF-8" and var other)
            throw new CapException($"The file {database.Path} has the encoding {other}. Cap needs UTF-8: use another file.");
        using var mode = new Statement(connection, null, "PRAGMA journal_mode");
        if (mode.Text() == "wal")
            return;
        using var change = new Statement(connection, null, "PRAGMA journal_mode = WAL");
        if (change.Text() is not "wal" and var stays)
            throw new CapException($"The file {database.Path} stays in journal mode '{stays}'. Put it on a local disk that allows WAL.");
    }

    private bool IsReady(SqliteConnection connection, SqliteTransaction? transaction, StorageSettings settings)
    {
        var version = ReadVersion(connection, transaction);
        ThrowIfTooNew(connection, transaction, version);
        return version >= SchemaScript.Version
            && Read(connection, transaction, "ShardCount") == settings.ShardCount
            && Read(connection, transaction, "SucceededKeepTime") == Clock.Micros(settings.SucceededKeepTime);
    }

    private void Make(SqliteConnection connection, SqliteTransaction? transaction, long? version)
    {
        if (!createTables)
        {
            throw new CapException(
                $"The tables {database.Tables.Prefix}… in {database.Path} are {(version is null ? "missing" : $"of version {version}, older than {SchemaScript.Version}")} "
                    + "and CreateTables is false. Run the script of IStorage.GetScript, or set CreateTables to true.");
        }
        using var script = new Statement(connection, transaction, SchemaScript.Write(database.Tables));
        script.Run();
    }

    /// <summary>Newer tables say which libraries can still work with them: two applications on one file need not be updated at once.</summary>
    private void ThrowIfTooNew(SqliteConnection connection, SqliteTransaction? transaction, long? version)
    {
        if (!(version > SchemaScript.Version))
            return;
        var least = Read(connection, transaction, "LeastSchemaVersion") ?? version;
        if (least > SchemaScript.Version)
        {
            throw new CapException(
                $"The tables {database.Tables.Prefix}… in {database.Path} are of version {version} and need a library that knows at least version "
                    + $"{least}; this one knows up to {SchemaScript.Version}. Update the package Cap.Sqlite of this application.");
        }
    }

    private void CheckShardCount(SqliteConnection connection, SqliteTransaction? transaction, StorageSettings settings)
    {
        if (Read(connection, transaction, "ShardCount") is { } made && made != settings.ShardCount)
        {
            throw new CapException(
                $"ShardCount is {settings.ShardCount}, but the tables {database.Tables.Prefix}… in {database.Path} were made with {made}. "
                    + $"Set ShardCount to {made} on every node, or use another TableNamePrefix.");
        }
    }

    private readonly string _exists = """
        SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $name COLLATE NOCASE
        """;

    private long? ReadVersion(SqliteConnection connection, SqliteTransaction? transaction)
    {
        using var exists = new Statement(connection, transaction, _exists);
        return exists.Number(("$name", database.Tables.Setting)) == 0 ? null : Read(connection, transaction, "SchemaVersion");
    }

    private readonly string _read = $"""
        SELECT CAST(Value AS INTEGER) FROM {database.Tables.Setting} WHERE Name = $name
        """;

    private long? Read(SqliteConnection connection, SqliteTransaction? transaction, string name)
    {
        using var read = new Statement(connection, transaction, _read);
        return read.Number(("$name", name));
    }

    private readonly string _write = $"""
        INSERT INTO {database.Tables.Setting} (Name, Value) VALUES ($name, $value)
        ON CONFLICT (Name) DO UPDATE SET Value = excluded.Value
        """;

    private int Write(SqliteConnection connection, SqliteTransaction? transaction, string name, long value)
    {
        using var write = new Statement(connection, transaction, _write);
        return write.Run(("$name", name), ("$value", value.ToString(CultureInfo.InvariantCulture)));
    }
}
