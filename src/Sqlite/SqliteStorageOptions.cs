using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Where the SQLite storage keeps its tables. Checked when the host starts.</summary>
public sealed partial class SqliteStorageOptions
{
    /// <summary>
    /// The database file, as <c>Data Source=shop.db</c>. The application's own connections must open the same file. In-memory
    /// databases are refused: each connection would see its own. Required.
    /// </summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Put in front of every table and view. Letters, digits and underscores, at most 40. Default: <c>cap_</c>.</summary>
    public string TableNamePrefix { get; set; } = "cap_";

    /// <summary>
    /// Make or upgrade the tables when the application starts. Otherwise run the script of <see cref="Storage.IStorage.GetScript"/>
    /// yourself. Default: true.
    /// </summary>
    public bool CreateTables { get; set; } = true;

    /// <summary>
    /// How long to wait for another writer, since SQLite lets one transaction write at a time. A transaction of the application that
    /// stays open longer makes others fail with SQLITE_BUSY. Default: 10 s. At least 100 ms.
    /// </summary>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What is wrong, each with name, value and remedy.</summary>
    internal IEnumerable<string> Check()
    {
        if (CheckConnectionString() is { } fault)
            yield return fault;
        if (!Identifier().IsMatch(TableNamePrefix) || TableNamePrefix.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase))
        {
            yield return $"{nameof(TableNamePrefix)} is '{TableNamePrefix}'. Begin it with a letter or underscore, use only letters, digits and "
                + "underscores (a to z), at most 40, and not 'sqlite_'.";
        }
        if (BusyTimeout < TimeSpan.FromMilliseconds(100) || BusyTimeout > TimeSpan.FromHours(1))
            yield return $"{nameof(BusyTimeout)} is {BusyTimeout}. Give it a value from 00:00:00.1 to 01:00:00.";
        if (NativeLibrary.Check() is { } missing)
            yield return missing;
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,39}$", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();

    private string? CheckConnectionString()
    {
        SqliteConnectionStringBuilder builder;
        try
        {
            builder = new(ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // Not the string itself: it may hold a password.
            return $"{nameof(ConnectionString)} of the SQLite storage cannot be read: {e.Message} Write it like 'Data Source=shop.db'.";
        }

        if (string.IsNullOrWhiteSpace(builder.DataSource))
            return $"{nameof(ConnectionString)} of the SQLite storage names no file. Write it like 'Data Source=shop.db'.";
        var isUri = builder.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
        if (builder.Mode == SqliteOpenMode.Memory
            || builder.DataSource.Contains(":memory:", StringComparison.OrdinalIgnoreCase)
            || (isUri && builder.DataSource.Contains("mode=memory", StringComparison.OrdinalIgnoreCase)))
        {
            return $"{nameof(ConnectionString)} of the SQLite storage is an in-memory database ('{builder.DataSource}'), of which each connection "
                + "sees its own. Name a file, like 'Data Source=shop.db', or call UseInMemory for tests.";
        }
        return builder.Mode == SqliteOpenMode.ReadOnly
            ? $"{nameof(ConnectionString)} of the SQLite storage opens '{builder.DataSource}' read-only. Remove 'Mode=ReadOnly'."
            : null;
    }
}
