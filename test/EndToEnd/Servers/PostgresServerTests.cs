using Cap.Servers;
using Dapper;
using Npgsql;

namespace Cap.EndToEnd.Servers;

/// <summary>Proves the fixture itself: the crash tests are worth what it is worth.</summary>
public sealed class PostgresServerTests : IAsyncLifetime
{
    private readonly PostgresServer _server = new();

    public Task InitializeAsync() => _server.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_committed_row_survives_a_crash()
    {
        await using (var connection = new NpgsqlConnection(_server.ConnectionString))
        {
            await connection.ExecuteAsync("create table kept (id int); insert into kept values (42)");
            await _server.CrashAsync();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => connection.ExecuteAsync("select 1"));
        }

        await _server.RestartAsync();

        await using var again = new NpgsqlConnection($"{_server.ConnectionString};Pooling=false");
        Assert.Equal(42, await again.ExecuteScalarAsync<int>("select id from kept"));
    }

    [Fact]
    public async Task A_paused_server_keeps_connections_open_and_answers_after_it_resumes()
    {
        await using var connection = new NpgsqlConnection(_server.ConnectionString);
        await connection.OpenAsync();

        _server.Pause();
        var answer = connection.ExecuteScalarAsync<int>("select 42");
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromSeconds(1)));

        _server.Resume();
        Assert.Equal(42, await answer.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task Clean_restarts_keep_the_address()
    {
        var before = _server.ConnectionString;

        await _server.RestartAsync();

        Assert.Equal(before, _server.ConnectionString);
        await using var connection = new NpgsqlConnection($"{before};Pooling=false");
        Assert.Equal(1, await connection.ExecuteScalarAsync<int>("select 1"));
    }
}
