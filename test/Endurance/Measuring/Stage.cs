using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Cap.Servers;
using Dapper;
using Npgsql;

namespace Cap.Endurance;

/// <summary>Servers of a run's own, and what they tell.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly HttpClient _management = new();

    private Stage() { }

    public PostgresServer Postgres { get; } = new();

    public RabbitServer Rabbit { get; } = new();

    public static async Task<Stage> OpenAsync(bool withBroker = true)
    {
        var stage = new Stage();
        Console.WriteLine("Starting servers …");
        await Task.WhenAll(stage.Postgres.StartAsync(), withBroker ? stage.Rabbit.StartAsync() : Task.CompletedTask);
        // The default looks once a minute whether there is anything to vacuum; a short run should see it.
        await stage.ExecuteAsync("alter system set autovacuum_naptime = '10s'");
        await stage.ExecuteAsync("select pg_reload_conf()");
        stage._management.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("guest:guest")));
        return stage;
    }

    public NodePlan Plan(string schema) => new() { Postgres = Postgres.ConnectionString, RabbitMQ = Rabbit.ConnectionString, Schema = schema };

    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection(Postgres.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await ConnectAsync();
        await connection.ExecuteAsync(sql, commandTimeout: 0);
    }

    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var connection = await ConnectAsync();
        return await connection.QuerySingleAsync<T>(sql, commandTimeout: 0);
    }

    /// <summary>Sizes and counts of all of Cap's tables. Dead rows are PostgreSQL's own estimate.</summary>
    public Task<TableSample> TablesAsync() =>
        ReadAsync<TableSample>(
            """
            select
              coalesce(sum(n_dead_tup) filter (where relname like '%\_due'), 0)::float8 as "DeadRows",
              coalesce(sum(pg_table_size(relid)) filter (where relname like '%\_due'), 0)::float8 / 1e6 as "DueMegabytes",
              coalesce(sum(pg_indexes_size(relid)) filter (where relname like '%\_due'), 0)::float8 / 1e6 as "DueIndexMegabytes",
              coalesce(sum(pg_total_relation_size(relid)) filter (where relname like '%\_log\_%'), 0)::float8 / 1e6 as "LogMegabytes",
              coalesce(sum(pg_total_relation_size(relid)) filter (where relname like '%\_seen%'), 0)::float8 / 1e6 as "SeenMegabytes",
              (select count(*) from pg_stat_activity where backend_type = 'client backend')::int as "Connections"
            from pg_stat_user_tables
            """);

    /// <summary>How many rows are not settled.</summary>
    public Task<long> DueAsync(string schema, string table) => ReadAsync<long>($"select count(*) from {schema}.{table}_due");

    public async Task<int> BrokerConnectionsAsync()
    {
        var overview = await _management.GetStringAsync(new Uri($"http://127.0.0.1:{Rabbit.ManagementPort}/api/overview"));
        using var document = JsonDocument.Parse(overview);
        return document.RootElement.GetProperty("object_totals").GetProperty("connections").GetInt32();
    }

    public async ValueTask DisposeAsync()
    {
        _management.Dispose();
        await Postgres.DisposeAsync();
        await Rabbit.DisposeAsync();
    }
}
