using System.Data;
using Cap.Servers;
using Dapper;
using Npgsql;
using RabbitMQ.Client;

namespace Cap.Benchmarks;

/// <summary>Servers of a run's own, with durable commits and the defaults of their makers.</summary>
internal sealed class BenchServers : IAsyncDisposable
{
    private BenchServers() { }

    public PostgresServer Postgres { get; } = new();

    public RabbitServer Rabbit { get; } = new();

    /// <summary>Whether PostgreSQL counts statements.</summary>
    public bool AreCounting { get; private set; }

    public static async Task<BenchServers> StartAsync()
    {
        var servers = new BenchServers();
        await Task.WhenAll(servers.Postgres.StartAsync(), servers.Rabbit.StartAsync());
        return servers;
    }

    /// <summary>From now on PostgreSQL counts statements, which costs a few percent.</summary>
    public async Task CountStatementsAsync()
    {
        if (AreCounting)
            return;
        await ExecuteAsync("alter system set shared_preload_libraries = 'pg_stat_statements'");
        await Postgres.RestartAsync();
        await ExecuteAsync("create extension pg_stat_statements");
        AreCounting = true;
    }

    /// <summary>Removes what measuring processes have left.</summary>
    public async Task CleanAsync(string name)
    {
        await ExecuteAsync($"drop schema if exists {name} cascade");
        await using var connection = await new ConnectionFactory { Uri = new(Rabbit.ConnectionString) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync($"{name}.work.v1");
        await channel.ExchangeDeleteAsync(name);
    }

    public async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(Postgres.ConnectionString + ";Pooling=false");
        await connection.ExecuteAsync(sql, parameters, commandTimeout: 0, commandType: CommandType.Text);
    }

    public async Task<T> ReadAsync<T>(string sql, object? parameters = null)
    {
        await using var connection = new NpgsqlConnection(Postgres.ConnectionString);
        return await connection.QuerySingleAsync<T>(sql, parameters, commandTimeout: 0);
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        await Rabbit.DisposeAsync();
    }
}
