using Cap.Conformance;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite.Tests;

/// <summary>A database file of a test's own.</summary>
internal sealed class TestFile : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cap-sqlite-").FullName;
    private readonly List<SqliteStorage> _storages = [];

    public string Path => System.IO.Path.Combine(_folder, "test.db");

    public string ConnectionString => $"Data Source={Path}";

    /// <summary>An instance on the file, as another process would have it.</summary>
    public SqliteStorage Open(Action<SqliteStorageOptions>? configure = null)
    {
        var options = new SqliteStorageOptions { ConnectionString = ConnectionString };
        configure?.Invoke(options);
        var storage = new SqliteStorage(options, TimeProvider.System);
        _storages.Add(storage);
        return storage;
    }

    /// <summary>An initialised instance.</summary>
    public async Task<IStorage> StartAsync(Action<SqliteStorageOptions>? configure = null)
    {
        var storage = Open(configure);
        await storage.InitializeAsync(new(16, TimeSpan.FromHours(1)), default);
        return storage;
    }

    /// <summary>An open connection of the application.</summary>
    public SqliteConnection Connect(string file = "test.db")
    {
        var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(_folder, file)}");
        connection.Open();
        return connection;
    }

    public StorageUnderTest UnderTest() => new(() => Open())
    {
        Connect = () => new SqliteConnection(ConnectionString),
        ConnectElsewhere = () => new SqliteConnection($"Data Source={System.IO.Path.Combine(_folder, "elsewhere.db")}"),
        Cleanup = DisposeAsync,
    };

    public ValueTask DisposeAsync()
    {
        foreach (var storage in _storages)
            storage.Dispose();
        foreach (var file in new[] { "test.db", "elsewhere.db" })
        {
            using var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(_folder, file)}");
            SqliteConnection.ClearPool(connection);
        }
        Directory.Delete(_folder, recursive: true);
        return default;
    }
}
