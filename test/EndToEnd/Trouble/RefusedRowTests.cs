using Cap.Conformance;
using Cap.Messages;
using Cap.Servers;
using Dapper;
using Npgsql;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace Cap.EndToEnd.Trouble;

/// <summary>
/// The database works and refuses one row for good, as a constraint, a trigger or a damaged page does. That row waits, and is named;
/// everything else goes on, in order within its key.
/// </summary>
public sealed class RefusedRowTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Many = 300;
    private string _postgres = "";
    private string _rabbit = "";

    public async Task InitializeAsync() => (_postgres, _rabbit) = (await TestServers.PostgresAsync(), await TestServers.RabbitAsync());

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_message_the_inbox_refuses_stays_at_the_broker_and_the_others_go_on()
    {
        await using var node = new TroubledNode(_postgres, _rabbit, output);
        await node.StartAsync();
        await RefuseAsync(node, "insert on {0}.received_log", """new."MessageId" like 'poison%'""");

        await PublishKeyedAsync(node, Many);
        await node.Script.EndedAsync("keyed", Many - Many / 10);
        await Eventually.BecomesTrueAsync(() => node.Log.Count(185) == 1);
        Assert.Contains("'keyed' poison", node.Log.Of(185)[0], StringComparison.Ordinal);
        // Of the poisoned key, what came before it, and nothing after it.
        Assert.Equal(["0", "10", "20"], node.Script.Values("keyed").Where(IsOfPoisonedKey));
        // And whatever comes later.
        await node.PublishAsync(100);
        await node.AllHandledAsync();

        // The broker still has what is set aside, and gives it again.
        await node.Node.Bootstrapper.StopAsync();
        await AtTheBrokerAsync(node, Many / 10 - 3);
        await AllowAsync(node, "{0}.received_log");
        await node.Node.Bootstrapper.BootstrapAsync();
        await node.Script.EndedAsync("keyed", Many);
        await node.Node.SettledAsync();
        Assert.Equal(
            Enumerable.Range(0, Many / 10).Select(i => $"{i * 10}"),
            node.Script.Values("keyed").Where(IsOfPoisonedKey));
        output.WriteLine(string.Join('\n', node.Log.All));
        node.Log.AssertAtMost(2);
    }

    [Fact]
    public async Task A_result_that_cannot_be_written_holds_up_no_other()
    {
        await using var node = new TroubledNode(_postgres, _rabbit, output);
        await node.StartAsync();
        await using (var connection = new NpgsqlConnection(_postgres))
            await connection.ExecuteAsync($"create table {node.Name}.poison as select max(\"Id\") + 100 as id from {node.Name}.received_log");
        await RefuseAsync(node, "delete on {0}.received_due", $"old.\"Id\" in (select id from {node.Name}.poison)", "old");

        await node.PublishAsync(Many);
        await node.AllHandledAsync();
        await Eventually.BecomesTrueAsync(async () =>
            (await node.Node.Storage.CountAsync(MessageType.Subscribe, default)).Scheduled == 1);
        await Eventually.BecomesTrueAsync(() => node.Log.Count(123) == 1);

        await AllowAsync(node, "{0}.received_due");
        await node.NothingWasSpentAsync();
        node.Log.AssertAtMost(2);
    }

    private async Task AtTheBrokerAsync(TroubledNode node, int expected)
    {
        var factory = new ConnectionFactory { Uri = new(_rabbit), AutomaticRecoveryEnabled = false };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        // What a closed consumer held goes back a moment later. Acknowledgements that the queue had not taken yet are void, so there may be more.
        await Eventually.GetAsync(
            async () => (int)(await channel.QueueDeclarePassiveAsync(node.Queue)).MessageCount, count => count >= expected);
    }

    private static bool IsOfPoisonedKey(string? value) => value!.EndsWith('0');

    /// <summary>Ten keys in turn; the fourth message of the first key is the poison.</summary>
    private static async Task PublishKeyedAsync(TroubledNode node, int count)
    {
        await using var transaction = await node.Node.Publisher.BeginTransactionAsync();
        await node.Node.Publisher.PublishAsync(
            Enumerable.Range(0, count).Select(i =>
                new OutgoingMessage("keyed", $"{i}", new() { Key = $"key {i % 10}", MessageId = i == 30 ? $"poison-{node.Name}" : null })));
        await transaction.CommitAsync();
    }

    private async Task RefuseAsync(TroubledNode node, string on, string when, string row = "new")
    {
        await using var connection = new NpgsqlConnection(_postgres);
        await connection.ExecuteAsync(
            $"""
            create function {node.Name}.refuse() returns trigger language plpgsql as $$
            begin
              if {when} then raise exception 'not this one' using errcode = '23514'; end if;
              return {row};
            end $$;
            create trigger refuse before {string.Format(null, on, node.Name)} for each row execute function {node.Name}.refuse();
            """);
    }

    private async Task AllowAsync(TroubledNode node, string table)
    {
        await using var connection = new NpgsqlConnection(_postgres);
        await connection.ExecuteAsync($"drop trigger refuse on {string.Format(null, table, node.Name)}");
    }
}
