using Cap.Conformance;
using Cap.Servers;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql.Tests;

/// <summary>A schema of a test's own in the shared server, removed at the end.</summary>
internal static class PostgreSqlTables
{
    public static readonly StorageSettings Settings = new(16, TimeSpan.FromHours(1));

    private static readonly Lazy<Task<string>> Elsewhere = new(CreateElsewhereAsync);

    public static async Task<StorageUnderTest> CreateAsync(Action<PostgreSqlOptions>? configure = null)
    {
        var connectionString = await TestServers.PostgresAsync();
        var elsewhere = await Elsewhere.Value;
        var options = new PostgreSqlOptions { ConnectionString = Bounded(connectionString), Schema = Names.Unique("cap") };
        configure?.Invoke(options);
        return new(() => new PostgreSqlStorage(options))
        {
            Connect = () => new NpgsqlConnection(connectionString),
            ConnectElsewhere = () => new NpgsqlConnection(elsewhere),
            Cleanup = async () => await ExecuteAsync(connectionString, $"DROP SCHEMA IF EXISTS {options.Schema} CASCADE"),
        };
    }

    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Many tests run at once, and each node has a pool of its own.</summary>
    public static string Bounded(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 20, ConnectionIdleLifetime = 2, ConnectionPruningInterval = 1 }.ConnectionString;

    private static async Task<string> CreateElsewhereAsync()
    {
        const string name = "cap_elsewhere";
        var connectionString = await TestServers.PostgresAsync();
        try
        {
            await ExecuteAsync(connectionString, $"CREATE DATABASE {name}");
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
        }
        return new NpgsqlConnectionStringBuilder(connectionString) { Database = name, Pooling = false }.ConnectionString;
    }
}
