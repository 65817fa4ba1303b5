using Cap.Conformance;
using Cap.Messages;
using Cap.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.EndToEnd;

/// <summary>The broker dies and comes back: publishing never notices, no tries are spent, nothing is lost.</summary>
public class BrokerOutageTests
{
    [Fact]
    public async Task An_outage_of_the_broker_costs_no_message_a_try()
    {
        await using var broker = new RabbitServer();
        await broker.StartAsync();
        var script = new Script();
        await using var node = await NodeAsync(broker, script);
        await node.StartAsync(default);
        await node.Publisher.PublishAsync("plain", "before");
        await script.EndedAsync("one");
        await script.EndedAsync("two");
        await node.SettledAsync();
        await broker.SettleAsync();

        await broker.CrashAsync();
        await node.Publisher.PublishAsync(Enumerable.Range(0, 200).Select(i => new OutgoingMessage("plain", $"{i}")));
        await Eventually.StaysAsync(() => script.Values("one").Count == 1);
        Assert.Equal(200, (await node.Storage.CountAsync(MessageType.Publish, default)).Scheduled);

        await broker.RestartAsync();
        await script.EndedAsync("one", 201);
        await script.EndedAsync("two", 201);
        await node.SettledAsync();
        Assert.Equal(402, script.Begun.Count);
        var rows = await node.Storage.FindAsync(new() { Type = MessageType.Publish, Limit = 1000 }, default);
        Assert.All(rows, row => Assert.Equal(0, row.Retries));
    }

    /// <summary>The very first start, with the broker away: what is published meanwhile must not leave before every group of this node is there.</summary>
    [Fact]
    public async Task A_node_that_starts_before_the_broker_misses_nothing_of_its_own()
    {
        await using var broker = new RabbitServer();
        await broker.StartAsync();
        await broker.CrashAsync();
        var script = new Script();
        await using var node = await NodeAsync(broker, script);
        await node.StartAsync(default);
        await node.Publisher.PublishAsync(Enumerable.Range(0, 100).Select(i => new OutgoingMessage("plain", $"{i}")));
        await broker.RestartAsync();
        await script.EndedAsync("one", 100);
        await script.EndedAsync("two", 100);
        await node.SettledAsync();
    }

    private static async Task<TestNode> NodeAsync(RabbitServer broker, Script script)
    {
        var (postgres, name) = (await TestServers.PostgresAsync(), Names.Unique("outage"));
        return new(
            cap =>
            {
                cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (postgres, name));
                cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName) = (new Uri(broker.ConnectionString), name));
                // A spent try would show as a give-up.
                cap.FailedRetryCount = 1;
            },
            builder => builder.Services.AddSingleton(script).AddTransient<ScriptedHandlers>()
        );
    }
}
