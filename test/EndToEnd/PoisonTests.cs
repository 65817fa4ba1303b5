using System.Collections.Concurrent;
using System.Text;
using Cap.Conformance;
using Cap.EndToEnd.Servers;
using Cap.EndToEnd.Trouble;
using Cap.Messages;
using Cap.Servers;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Headers = Cap.Messages.Headers;

namespace Cap.EndToEnd;

/// <summary>
/// What no handler can take, on PostgreSQL and RabbitMQ: it is kept as Failed with its bytes and the reason, acknowledged, not tried again by
/// itself, and costs no other message anything. After a deploy that can take it, a person has it handled.
/// </summary>
public sealed class PoisonTests : IAsyncLifetime
{
    private readonly string _name = Names.Unique("poison");
    private readonly Script _script = new();
    private readonly LogLines _log = new();
    private readonly ConcurrentQueue<string> _told = [];
    private string _postgres = "";
    private string _rabbit = "";
    private IConnection _foreign = null!;

    private string Queue => $"{_name}.one.v1";

    public async Task InitializeAsync()
    {
        (_postgres, _rabbit) = (await TestServers.PostgresAsync(), await TestServers.RabbitAsync());
        _foreign = await new ConnectionFactory { Uri = new(_rabbit), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
    }

    public async Task DisposeAsync() => await _foreign.DisposeAsync();

    /// <summary>The queue stays bound to a name when its handler goes.</summary>
    [Fact]
    public async Task What_arrives_for_a_handler_that_is_gone_waits_for_one()
    {
        await using (await DeployAsync<TakesText>()) { }
        await using (var without = await DeployAsync<TakesNothing>())
        {
            await SendAsync(new(), "\"seven\"");
            await IsGivenUpAsync(without, "No handler of group", "Deploy one", "\"seven\"");
        }
        await NothingIsLeftAtTheBrokerAsync();

        await IsHandledAfterRetryAsync("seven");
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_read_by_the_next_deploy()
    {
        await using (var wrong = await DeployAsync<TakesNumber>())
        {
            await wrong.Publisher.PublishAsync("poison", "seven");
            await IsGivenUpAsync(wrong, "System.Int32", "Deploy a handler", "\"seven\"");
        }
        await NothingIsLeftAtTheBrokerAsync();

        await IsHandledAfterRetryAsync("seven");
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_is_kept_and_a_retry_says_so_once_more()
    {
        byte[] body = [0xff, 0x00, .. "{'a':"u8];
        var kept = Convert.ToBase64String(body);
        await using (var node = await DeployAsync<TakesText>())
        {
            await SendAsync(new(), body);
            var row = await IsGivenUpAsync(node, "is not JSON", "base64", kept);

            await node.Storage.ActAsync(new(MessageType.Subscribe, MessageActionKind.Retry, [row.Id], "tester"), default);
            await Eventually.BecomesTrueAsync(() => _told.Count == 2);
            await IsGivenUpAsync(node, "was not JSON when it arrived", "Publish it again", kept, tries: 2);
        }
        Assert.DoesNotContain(_script.Begun, call => call.Handler == "text");
        await NothingIsLeftAtTheBrokerAsync();
    }

    /// <summary>Two copies have the bundle's id in common, without which each would be a message.</summary>
    [Fact]
    public async Task A_damaged_bundle_is_kept_whole_and_once()
    {
        byte[] frame = [.. "CAPB"u8, 1, 0, 0, 0, 2, .. "half of the first message"u8];
        var bundle = new BasicProperties { ContentType = "application/vnd.cap.bundle", MessageId = MessageId.New(TimeProvider.System) };
        await using (var node = await DeployAsync<TakesText>())
        {
            await SendAsync(bundle, frame);
            await SendAsync(bundle, frame);
            var row = await IsGivenUpAsync(node, "The bundle of 'poison' cannot be read: its checksum is", "publish its messages again", Convert.ToBase64String(frame));
            Assert.Equal(bundle.MessageId, row.MessageId);
        }
        await NothingIsLeftAtTheBrokerAsync();
    }

    [Fact]
    public async Task A_message_without_any_header_is_handled()
    {
        await using (var node = await DeployAsync<TakesText>())
        {
            await SendAsync(new(), "\"seven\"");
            await _script.EndedAsync("text");
            await node.SettledAsync();
        }
        var header = Assert.Single(_script.Ended).Header;
        Assert.Equal("poison", header[Headers.MessageName]);
        Assert.NotEmpty(header[Headers.MessageId]!);
        await NothingIsLeftAtTheBrokerAsync();
    }

    /// <summary>One with a readable body, which is handled, and one without, which is Failed.</summary>
    [Fact]
    public async Task Headers_of_any_kind_and_as_large_as_a_frame_cost_nobody_anything()
    {
        await using (var node = await DeployAsync<TakesText>())
        {
            await SendAsync(new() { Headers = OddHeaders() }, "\"seven\"");
            await SendAsync(new() { Headers = OddHeaders() }, "seven");
            await IsGivenUpAsync(node, "is not JSON", "base64", Convert.ToBase64String("seven"u8));
            await _script.EndedAsync("text");
        }
        var header = Assert.Single(_script.Ended, call => call.Handler == "text").Header;
        Assert.Equal(100_000, header["large"]!.Length);
        Assert.Equal("{list: [a, 1, 2.5], none: }", header["table"]);
        Assert.Equal("3.14", header["decimal"]);
        Assert.Null(header["null"]);
        Assert.Contains("…", header["deep"], StringComparison.Ordinal);
        Assert.Equal(0, _log.Count(300));
        await NothingIsLeftAtTheBrokerAsync();
    }

    /// <summary>The broker would end the connection for it, and so for all that is under way on it.</summary>
    [Fact]
    public async Task A_header_too_large_to_send_is_refused_by_name_and_costs_no_other()
    {
        await using var node = await DeployAsync<TakesText>();
        var large = new PublishOptions { Headers = new Dictionary<string, string?> { ["small"] = "s", ["report"] = new('x', 200_000) } };
        await node.Publisher.PublishAsync(
            Enumerable.Range(0, 100).Select(i => i == 50 ? new OutgoingMessage("poison", "large", large) : new("plain", $"{i}")));

        var row = await node.FindAsync(MessageType.Publish, "poison", StatusName.Failed);
        var attempts = await node.Storage.GetAttemptsAsync(MessageType.Publish, row.Id, default);
        Assert.Equal([1, 2, 3], attempts.Select(a => a.Number));
        Assert.All(attempts, a => Assert.Contains("'report' with 20", a.Error, StringComparison.Ordinal));
        Assert.All(attempts, a => Assert.Contains("Put large data into the value", a.Error, StringComparison.Ordinal));
        await _script.EndedAsync("plain", 99);
        Assert.Equal(99, _script.Begun.Count);
        Assert.Equal(0, _log.Count(300));
        var others = await node.Storage.FindAsync(new() { Type = MessageType.Publish, Name = "plain" }, default);
        Assert.All(others, other => Assert.Equal(0, other.Retries));
    }

    private static Dictionary<string, object?> OddHeaders()
    {
        object? deep = "bottom";
        for (var i = 0; i < 500; i++)
            deep = new List<object?> { deep };
        return new()
        {
            ["large"] = new string('x', 100_000),
            ["table"] = new Dictionary<string, object?> { ["list"] = new List<object?> { "a", 1, 2.5 }, ["none"] = null },
            ["bytes"] = new byte[] { 0xff, 0x00, 0x80 },
            ["binary"] = new BinaryTableValue([0xff, 0x00]),
            ["decimal"] = 3.14m,
            ["time"] = new AmqpTimestamp(long.MinValue),
            ["null"] = null,
            ["deep"] = deep,
            // The inbox writes this one itself, of bodies it could not read.
            [Headers.BodyEncoding] = "base64",
        };
    }

    /// <summary>A node that can do what this class can, on the same tables and queue.</summary>
    private async Task<TestNode> DeployAsync<THandlers>()
        where THandlers : class, ICapSubscribe
    {
        var node = new TestNode(
            cap =>
            {
                cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (_postgres, _name));
                cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName) = (new Uri(_rabbit), _name));
                cap.GroupNamePrefix = _name;
                // Tries are left, and come soon: what is not tried again is so because it was given up.
                (cap.FailedRetryCount, cap.FailedRetryInterval) = (3, TimeSpan.FromMilliseconds(50));
                cap.PollingInterval = TimeSpan.FromMilliseconds(200);
                cap.FailedThresholdCallback = info => _told.Enqueue(info.Error);
            },
            builder => builder.Services.AddSingleton(_script).AddTransient<THandlers>().AddLogging(logging => logging.AddProvider(_log)));
        await node.StartAsync(default);
        // A start waits for its queues a few seconds only; what others send is theirs to know.
        await Eventually.GetAsync(() => _foreign.ConsumersAsync(Queue), count => count > 0);
        return node;
    }

    private Task SendAsync(BasicProperties properties, string body) => SendAsync(properties, Encoding.UTF8.GetBytes(body));

    private async Task SendAsync(BasicProperties properties, byte[] body, string name = "poison")
    {
        await using var channel = await _foreign.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicPublishAsync(_name, name, mandatory: true, properties, body);
    }

    /// <summary>It is Failed with its bytes and both parts of the reason, was told once for each try, and stays so while others are handled.</summary>
    private async Task<StoredMessage> IsGivenUpAsync(TestNode node, string reason, string remedy, string bytes, int tries = 1)
    {
        var row = await node.FindAsync(MessageType.Subscribe, "poison", StatusName.Failed);
        var before = _script.Values("plain").Count;
        for (var i = 1; i <= 10; i++)
        {
            await SendAsync(new(), "\"behind\""u8.ToArray(), "plain");
            await _script.EndedAsync("plain", before + i);
        }
        await Eventually.StaysAsync(() => _told.Count == tries);

        row = Assert.Single(await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Id = row.Id }, default));
        Assert.Equal(StatusName.Failed, row.StatusName);
        Assert.Equal(tries, row.Retries);
        Assert.EndsWith($"\"Value\":\"{bytes.Trim('"')}\"}}", row.Content, StringComparison.Ordinal);
        var attempts = await node.Storage.GetAttemptsAsync(MessageType.Subscribe, row.Id, default);
        Assert.Equal(Enumerable.Range(1, tries), attempts.Select(a => a.Number));
        Assert.Contains(reason, attempts[^1].Error, StringComparison.Ordinal);
        Assert.Contains(remedy, attempts[^1].Error, StringComparison.Ordinal);
        Assert.Equal(attempts.Select(a => a.Error), _told);
        return row;
    }

    private async Task IsHandledAfterRetryAsync(string value)
    {
        await using var node = await DeployAsync<TakesText>();
        var row = await node.FindAsync(MessageType.Subscribe, "poison", StatusName.Failed);
        Assert.Equal(1, await node.Storage.ActAsync(new(MessageType.Subscribe, MessageActionKind.Retry, [row.Id], "tester"), default));
        await _script.EndedAsync("text");
        await node.SettledAsync();
        Assert.Equal([value], _script.Values("text"));
        Assert.Single(_told);
    }

    /// <summary>No node runs: what was not acknowledged would be back in the queue, beside a message that is put there now.</summary>
    private async Task NothingIsLeftAtTheBrokerAsync()
    {
        await SendAsync(new(), "\"beside\""u8.ToArray(), "plain");
        await using var channel = await _foreign.CreateChannelAsync();
        await Eventually.GetAsync(() => channel.MessageCountAsync(Queue), count => count > 0);
        await Eventually.StaysAsync(async () => await channel.MessageCountAsync(Queue) == 1);
    }

    private abstract class Handlers(Script script) : ICapSubscribe
    {
        [CapSubscribe("plain", Group = "one")]
        public Task Plain(string value, CapHeader header) => RunAsync("plain", value, header);

        protected Task RunAsync(string handler, string value, CapHeader header) => script.RunAsync(new(handler, value, header, null, default));
    }

    private sealed class TakesNothing(Script script) : Handlers(script);

    private sealed class TakesNumber(Script script) : Handlers(script)
    {
        [CapSubscribe("poison", Group = "one")]
        public Task Number(int value, CapHeader header) => RunAsync("number", $"{value}", header);
    }

    private sealed class TakesText(Script script) : Handlers(script)
    {
        [CapSubscribe("poison", Group = "one")]
        public Task Text(string value, CapHeader header) => RunAsync("text", value, header);
    }
}
