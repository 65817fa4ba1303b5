using Cap.Conformance;
using Cap.Messages;
using Cap.Servers;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql.Tests;

/// <summary>A schema of a test's own in the shared server, removed at the end.</summary>
internal sealed class TestSchema : IAsyncDisposable
{
    public static readonly StorageSettings Settings = new(16, TimeSpan.FromHours(1));

    private static readonly Lazy<Task<string>> Elsewhere = new(CreateElsewhereAsync);

    private readonly List<PostgreSqlStorage> _opened = [];

    private TestSchema(string connectionString, PostgreSqlOptions options) =>
        (ConnectionString, Options, Tables) = (connectionString, options, new(options.Schema, options.TableNamePrefix));

    /// <summary>What the application connects with.</summary>
    public string ConnectionString { get; }

    public PostgreSqlOptions Options { get; }

    public Tables Tables { get; }

    public static async Task<TestSchema> CreateAsync(Action<PostgreSqlOptions>? configure = null)
    {
        var connectionString = await TestServers.PostgresAsync();

        // Many tests run at once, and each node has a pool of its own.
        var own = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 20, ConnectionIdleLifetime = 2, ConnectionPruningInterval = 1 };
        var options = new PostgreSqlOptions { ConnectionString = own.ConnectionString, Schema = Names.Unique("cap") };
        configure?.Invoke(options);
        return new(connectionString, options);
    }

    /// <summary>A database on the same server without any tables.</summary>
    public static Task<string> ElsewhereAsync() => Elsewhere.Value;

    /// <summary>A node's storage, not initialised.</summary>
    public PostgreSqlStorage Open(Action<PostgreSqlOptions>? configure = null)
    {
        var options = new PostgreSqlOptions
        {
            ConnectionString = Options.ConnectionString,
            DataSource = Options.DataSource,
            Schema = Options.Schema,
            TableNamePrefix = Options.TableNamePrefix,
        };
        configure?.Invoke(options);
        var storage = new PostgreSqlStorage(options);
        lock (_opened)
            _opened.Add(storage);
        return storage;
    }

    public PostgreSqlStorage Open() => Open(null);

    /// <summary>A node's storage with its tables made.</summary>
    public async Task<PostgreSqlStorage> StartAsync()
    {
        var storage = Open();
        await storage.InitializeAsync(Settings, default);
        return storage;
    }

    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>All rows, each written as one line.</summary>
    public async Task<List<string>> ReadAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : reader.GetValue(i))));
        return rows;
    }

    public static async Task<IReadOnlyList<DueMessage>> FetchAsync(IStorage storage, Lane? lane = null) =>
        (await storage.FetchAsync(
            new()
            {
                Lane = lane ?? Sample.Outbox,
                Shards = [.. Enumerable.Range(0, 16).Select(shard => new ShardStart(shard, 0))],
                LimitPerShard = 1000,
                MaxBytes = long.MaxValue,
                Except = [],
            },
            default)).Messages;

    public static Task PublishAsync(IStorage storage, params NewMessage[] messages) =>
        storage.PublishAsync(new(Sample.Outbox, messages, null), default);

    public static async Task<StoredMessage?> FindAsync(IStorage storage, NewMessage message) =>
        (await storage.FindAsync(new() { Type = MessageType.Publish, MessageId = message.MessageId }, default)).SingleOrDefault();

    public async ValueTask DisposeAsync()
    {
        foreach (var storage in _opened)
            await storage.DisposeAsync();
        await ExecuteAsync($"DROP SCHEMA IF EXISTS {Options.Schema} CASCADE");
    }

    private static async Task<string> CreateElsewhereAsync()
    {
        const string name = "cap_elsewhere";
        var connectionString = await TestServers.PostgresAsync();
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        try
        {
            await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
            await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // A run before this one has made it.
        }
        return new NpgsqlConnectionStringBuilder(connectionString) { Database = name, Pooling = false }.ConnectionString;
    }
}
