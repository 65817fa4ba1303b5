using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Cap.Conformance;
using Cap.Servers;
using Npgsql;

namespace Cap.Dashboard.Tests;

/// <summary>What does not answer is said not to, soon, and also when it was so from the start; what is not known is not said to be well.</summary>
public sealed partial class AwayTests
{
    /// <summary>Promised: the patience of three seconds and a little. Asserted with room for a loaded test machine.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task A_broker_that_is_away_from_the_start_is_said_to_be_until_it_answers()
    {
        var (postgres, rabbit, name) = (await TestServers.PostgresAsync(), new Uri(await TestServers.RabbitAsync()), Names.Unique("away"));
        await using var proxy = new TcpProxy(rabbit.Port);
        proxy.Refuse();
        await using var app = await DashboardApp.StartAsync(use: cap =>
        {
            cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (postgres, name));
            cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName) = (new UriBuilder(rabbit) { Port = proxy.Port }.Uri, name));
            cap.GroupNamePrefix = name;
        });
        await Eventually.BecomesTrueAsync(async () =>
        {
            var broker = BrokerOf(await app.ReadAsync(""));
            Assert.DoesNotContain("✓", broker, StringComparison.Ordinal);
            return broker.Contains("✕ away", StringComparison.Ordinal);
        });
        Assert.Contains("does not answer", await app.ReadAsync(""), StringComparison.Ordinal);

        proxy.Pass();
        await Eventually.BecomesTrueAsync(async () => BrokerOf(await app.ReadAsync("")).Contains("✓ answers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_Cap_is_not_started_nothing_is_said_of_the_broker()
    {
        await using var app = await DashboardApp.StartAsync();
        await Eventually.BecomesTrueAsync(async () => BrokerOf(await app.ReadAsync("")).Contains("✓ answers", StringComparison.Ordinal));
        await app.Bootstrapper.StopAsync();
        Assert.Contains("? not known: Cap is not started", BrokerOf(await app.ReadAsync("")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_hangs_is_waited_for_once_and_not_for_each_thing_it_is_asked()
    {
        var database = new NpgsqlConnectionStringBuilder(await TestServers.PostgresAsync());
        await using var proxy = new TcpProxy(database.Port);
        (database.Port, var name) = (proxy.Port, Names.Unique("away"));
        await using var app = await DashboardApp.StartAsync(use: cap =>
        {
            cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (database.ConnectionString, name));
            cap.UseInProcessTransport();
        });
        Assert.DoesNotContain("Not known", await app.ReadAsync(""), StringComparison.Ordinal);

        proxy.Freeze();
        // For a moment there is what was asked before.
        await Eventually.BecomesTrueAsync(async () => (await SoonAsync(app, "")).Contains("Not known: no answer within", StringComparison.Ordinal));
        Assert.Contains("\"published\":null", await SoonAsync(app, "api/overview"), StringComparison.Ordinal);

        proxy.Pass();
        await Eventually.BecomesTrueAsync(async () => !(await app.ReadAsync("")).Contains("Not known", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_content_that_is_asked_for_whole_is_waited_for_longer_than_a_page()
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var id = (await app.FailedAsync()).Id;
        await using var connection = new NpgsqlConnection(await TestServers.PostgresAsync());
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand($"LOCK TABLE {app.Schema}.received_log", connection, transaction))
            await command.ExecuteNonQueryAsync();

        var content = app.GetAsync($"content?type=received&id={id}");
        var message = app.GetAsync($"api/messages/received/{id}");
        await app.GetAsync($"message?type=received&id={id}", HttpStatusCode.ServiceUnavailable);
        await transaction.RollbackAsync();

        Assert.Contains("bad", await content, StringComparison.Ordinal);
        Assert.Contains("bad", await message, StringComparison.Ordinal);
    }

    private static async Task<string> SoonAsync(DashboardApp app, string page)
    {
        var watch = Stopwatch.StartNew();
        var text = await app.ReadAsync(page);
        Assert.True(watch.Elapsed < Soon, $"'{page}' took {watch.Elapsed}.");
        return text;
    }

    private static string BrokerOf(string overview) => BrokerRow().Match(overview).Groups[1].Value;

    [GeneratedRegex("<dt>Broker</dt>(.*?)</dd>", RegexOptions.Singleline)]
    private static partial Regex BrokerRow();
}
