using Cap.Conformance;
using Cap.Messages;
using Cap.Servers;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using RabbitMQ.Client;

namespace Cap.EndToEnd;

/// <summary>A stop drains, whoever asks for it, also after an outage of the broker.</summary>
public class StopTests
{
    /// <summary>Whichever way the node is told to stop.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_an_outage_a_stop_drains_gives_the_leases_back_and_leaves_no_consumer(bool throughHost)
    {
        await using var broker = new RabbitServer();
        await broker.StartAsync();
        var (postgres, name, script) = (await TestServers.PostgresAsync(), Names.Unique("stop"), new Script());
        await using var node = new TestNode(
            cap =>
            {
                cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (postgres, name));
                cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName) = (new Uri(broker.ConnectionString), name));
                cap.ConsumerThreadCount = 2;
                // Longer than the test takes on any machine: what is waited for are signals.
                cap.ShutdownTime = TimeSpan.FromMinutes(2);
            },
            builder =>
                builder
                    .Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromMinutes(2))
                    .AddSingleton(script)
                    .AddTransient<ScriptedHandlers>()
        );
        await node.StartAsync(default);
        await node.Publisher.PublishAsync("plain", "before");
        await script.EndedAsync("one");
        await script.EndedAsync("two");
        await broker.SettleAsync();
        await broker.CrashAsync();
        await node.Publisher.PublishAsync("plain", "meanwhile");
        await broker.RestartAsync();
        await script.EndedAsync("one", 2);
        await script.EndedAsync("two", 2);

        await using var look = await new ConnectionFactory { Uri = new Uri(broker.ConnectionString) }.CreateConnectionAsync();
        Assert.Equal(2, await ConsumersAsync(look));

        // Two run and the others wait when the stop comes; the two may finish.
        var finish = new TaskCompletionSource();
        script.On("one", _ => finish.Task);
        await node.Publisher.PublishAsync(Enumerable.Range(0, 50).Select(i => new OutgoingMessage("plain", $"{i}")));
        await script.BegunAsync("one", 4);
        var stopping = throughHost ? node.StopAsync() : node.Bootstrapper.StopAsync();
        await Eventually.BecomesTrueAsync(async () => await ConsumersAsync(look) == 0);
        Assert.False(stopping.IsCompleted);
        finish.SetResult();
        await stopping;

        Assert.Equal(4, script.Begun.Count(c => c.Handler == "one"));
        Assert.Equal(4, script.Values("one").Count);
        Assert.Empty(await LeasedAsync(postgres, name));
        await NothingIsGoneAsync(node, script);
    }

    /// <summary>What was not handled is in the tables or at the broker: after another start all of it is handled, and nothing of what was done again.</summary>
    private static async Task NothingIsGoneAsync(TestNode node, Script script)
    {
        script.On("one", _ => { });
        await node.Bootstrapper.BootstrapAsync();
        await script.EndedAsync("one", 52);
        await script.EndedAsync("two", 52);
        await node.SettledAsync();
        Assert.Equal(52, script.Values("one").Distinct().Count());
        Assert.Equal(104, script.Ended.Count);
        var rows = await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Limit = 1000 }, default);
        Assert.All(rows, row => Assert.Equal(0, row.Retries));
    }

    private static async Task<long> ConsumersAsync(IConnection connection)
    {
        await using var channel = await connection.CreateChannelAsync();
        return (await channel.QueueDeclarePassiveAsync("one.v1")).ConsumerCount + (await channel.QueueDeclarePassiveAsync("two.v1")).ConsumerCount;
    }

    private static async Task<IReadOnlyList<string>> LeasedAsync(string postgres, string schema)
    {
        await using var connection = new NpgsqlConnection(postgres);
        return [.. await connection.QueryAsync<string>($"""select "Node" from {schema}.lease where "Node" is not null""")];
    }
}
