using Cap.Conformance;
using Cap.Messages;
using Cap.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Cap.EndToEnd;

/// <summary>An outage shows in the health check, with its time and reason, and the log says it a few times and not for each message.</summary>
public sealed class HealthTests
{
    private static readonly TimeSpan SeveralSeconds = TimeSpan.FromSeconds(4);
    private readonly Script _script = new();
    private readonly LogEntries _logs = new();

    [Fact]
    public async Task An_outage_of_the_broker_shows_in_health_and_is_logged_once()
    {
        await using var broker = new RabbitServer();
        await broker.StartAsync();
        await using var node = Node(await TestServers.PostgresAsync(), broker);
        await node.StartAsync(default);
        await BecomesAsync(node, HealthStatus.Healthy);
        await broker.SettleAsync();
        var from = TimeProvider.System.GetUtcNow();

        // Also while there is nothing to send.
        await broker.CrashAsync();
        var entry = await BecomesAsync(node, HealthStatus.Degraded);
        Assert.Contains("broker", entry.Description, StringComparison.Ordinal);
        Assert.NotEqual("", entry.Data["broker"]);
        Assert.InRange((DateTimeOffset)entry.Data["broker since"], from.AddSeconds(-1), TimeProvider.System.GetUtcNow());
        await node.Publisher.PublishAsync(Enumerable.Range(0, 500).Select(i => new OutgoingMessage("plain", $"{i}")));
        await Eventually.StaysTrueAsync(() => _logs.Warnings.Count <= 6, SeveralSeconds);
        Assert.Contains(_logs.Warnings, w => w.Contains("RabbitMQ", StringComparison.Ordinal) && w.Contains("does not answer", StringComparison.Ordinal));
        Assert.Equal(500, (await node.Storage.CountAsync(MessageType.Publish, default)).Scheduled);

        await broker.RestartAsync();
        await BecomesAsync(node, HealthStatus.Healthy);
        await _script.EndedAsync("one", 500);
        await _script.EndedAsync("two", 500);
    }

    [Fact]
    public async Task An_outage_of_the_database_shows_in_health_and_is_logged_a_few_times()
    {
        await using var database = new PostgresServer();
        await database.StartAsync();
        await using var node = Node(database.ConnectionString, null);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _script.On("one", _ => gate.Task);
        await node.StartAsync(default);
        await node.Publisher.PublishAsync(Enumerable.Range(0, 500).Select(i => new OutgoingMessage("plain", $"{i}")));
        await _script.BegunAsync("one", 16);
        await _script.EndedAsync("two", 500);
        await BecomesAsync(node, HealthStatus.Healthy);
        // Nothing is under way but the handlers that wait: what else there was would fail each on its own.
        await Eventually.BecomesTrueAsync(async () =>
            (await node.Storage.CountAsync(MessageType.Publish, default)).Scheduled == 0
            && (await node.Storage.CountAsync(MessageType.Subscribe, default)).Scheduled == 500);

        await database.CrashAsync();
        gate.SetResult();
        var entry = await BecomesAsync(node, HealthStatus.Unhealthy);
        var what = entry.Data.Keys.First(key => key.StartsWith("database", StringComparison.Ordinal) && !key.EndsWith(" since", StringComparison.Ordinal));
        Assert.Equal(TimeSpan.Zero, ((DateTimeOffset)entry.Data[$"{what} since"]).Offset);
        await Eventually.BecomesTrueAsync(async () => (await CheckAsync(node)).Data.ContainsKey("database: heartbeat"));
        await Eventually.StaysTrueAsync(() => _logs.Warnings.Count <= 6, SeveralSeconds);
        Assert.Contains(_logs.Warnings, w => w.Contains("PostgreSQL", StringComparison.Ordinal));

        await database.RestartAsync();
        await BecomesAsync(node, HealthStatus.Healthy);
        await _script.EndedAsync("one", 500);
        await node.SettledAsync();
    }

    private static async Task<HealthReportEntry> CheckAsync(TestNode node) =>
        (await node.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["cap"];

    private static Task<HealthReportEntry> BecomesAsync(TestNode node, HealthStatus status) =>
        Eventually.GetAsync(() => CheckAsync(node), entry => entry.Status == status);

    private TestNode Node(string postgres, RabbitServer? broker)
    {
        var name = Names.Unique("health");
        return new(
            cap =>
            {
                cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (postgres, name));
                if (broker is null)
                    cap.UseInProcessTransport();
                else
                    cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName) = (new Uri(broker.ConnectionString), name));
                cap.LeaseTime = TimeSpan.FromSeconds(3);
            },
            builder =>
            {
                builder.Services.AddSingleton(_script).AddTransient<ScriptedHandlers>();
                builder.Services.AddLogging(logs => logs.AddProvider(_logs).AddFilter("Microsoft.Extensions.Diagnostics", LogLevel.None)).AddHealthChecks().AddCap();
            }
        );
    }
}
