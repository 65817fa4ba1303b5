using System.Diagnostics;
using Cap.Conformance;
using Cap.EndToEnd.Servers;
using Cap.Messages;
using Cap.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace Cap.EndToEnd.Trouble;

/// <summary>The broker works, but not for everybody: a queue is full, gone, declared by somebody else, or nobody's.</summary>
public sealed class QueueTroubleTests(ITestOutputHelper output) : IAsyncLifetime
{
    private string _postgres = "";
    private string _rabbit = "";

    public async Task InitializeAsync() => (_postgres, _rabbit) = (await TestServers.PostgresAsync(), await TestServers.RabbitAsync());

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Refused messages pay with tries, by design: the broker works, so nothing else would ever tell a person.</summary>
    [Fact]
    public async Task What_a_full_queue_refuses_is_tried_again_and_loses_nothing()
    {
        await using var node = New(
            broker =>
            {
                broker.QueueArguments.QueueType = "classic";
                broker.QueueArguments.Others["x-max-length"] = 5;
                broker.QueueArguments.Others["x-overflow"] = "reject-publish";
                broker.BasicQosOptions = new(1);
            },
            cap =>
            {
                (cap.FailedRetryCount, cap.FailedRetryInterval) = (1000, TimeSpan.FromMilliseconds(200));
                cap.SchedulerBatchSize = 10;
            });
        await node.StartAsync();
        await node.PublishAsync(100);
        await Eventually.BecomesTrueAsync(() => node.Log.Count(133) > 0);
        await node.AllHandledAsync();
        await node.Node.SettledAsync();
        Assert.Contains("takes no more", node.Log.Of(133)[0], StringComparison.Ordinal);
        Assert.Equal(0, node.Log.Count(151));
    }

    [Fact]
    public async Task An_unroutable_message_pays_with_tries_and_arrives_once_somebody_listens()
    {
        await using var node = New(configure: cap => (cap.FailedRetryCount, cap.FailedRetryInterval) = (1000, TimeSpan.FromMilliseconds(200)));
        await node.StartAsync();
        await node.Node.Publisher.PublishAsync("nobody.listens", "x");
        await node.PublishAsync(100);
        await node.AllHandledAsync();
        await Eventually.BecomesTrueAsync(() => node.Log.Count(133) >= 3);
        Assert.Contains("'nobody.listens' is unroutable", node.Log.Of(133)[0], StringComparison.Ordinal);

        await using var foreign = await ForeignAsync();
        await using var channel = await foreign.CreateChannelAsync();
        await channel.QueueBindAsync(node.Queue, node.Name, "nobody.listens");
        await node.Node.FindAsync(MessageType.Publish, "nobody.listens", StatusName.Succeeded);
    }

    [Fact]
    public async Task A_queue_that_is_deleted_while_it_is_consumed_comes_back()
    {
        await using var node = New(configure: cap => (cap.FailedRetryCount, cap.FailedRetryInterval) = (1000, TimeSpan.FromMilliseconds(200)));
        await node.StartAsync();
        await using var foreign = await ForeignAsync();
        await using var channel = await foreign.CreateChannelAsync();

        await channel.QueueDeleteAsync(node.Queue);
        var deleted = Stopwatch.GetTimestamp();
        await Eventually.GetAsync(() => foreign.ConsumersAsync(node.Queue), count => count == 1);
        var took = Stopwatch.GetElapsedTime(deleted);
        output.WriteLine($"the queue is back after {took}");
        Assert.True(took < TroubledNode.ResumeTime, $"{took}");
        await node.PublishAsync(3000);
        await node.AllHandledAsync();
        await node.NothingWasSpentAsync();
        node.Log.AssertAtMost(1);
        Assert.Contains("its queue was deleted", Assert.Single(node.Log.Of(320)), StringComparison.Ordinal);
    }

    /// <summary>The other group works meanwhile, and the log says once what is wrong and what to do.</summary>
    [Fact]
    public async Task A_queue_that_is_declared_differently_stops_its_own_group_only()
    {
        await using var node = New();
        await using var foreign = await ForeignAsync();
        await using var channel = await foreign.CreateChannelAsync();
        await channel.QueueDeclareAsync(node.Queue, durable: true, exclusive: false, autoDelete: false);
        await channel.ExchangeDeclareAsync(node.Name, ExchangeType.Topic, durable: true);
        await channel.QueueBindAsync(node.Queue, node.Name, "plain");

        await node.Node.StartAsync(default);
        await node.PublishAsync(100);
        await node.Script.EndedAsync("two", 100);
        await node.StuckAsync(TimeSpan.FromSeconds(4));
        node.Log.AssertAtMost(1);
        Assert.Contains("delete it once it is empty", Assert.Single(node.Log.Of(182)), StringComparison.Ordinal);

        // A person who does as told, and moves what was in it.
        var kept = new List<BasicGetResult>();
        while (await channel.BasicGetAsync(node.Queue, autoAck: true) is { } message)
            kept.Add(message);
        Assert.Equal(100, kept.Count);
        await channel.QueueDeleteAsync(node.Queue);
        var deleted = Stopwatch.GetTimestamp();
        await Eventually.GetAsync(() => foreign.ConsumersAsync(node.Queue), count => count == 1);
        await using var confirming = await foreign.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        foreach (var message in kept)
        {
            var properties = new BasicProperties { Headers = message.BasicProperties.Headers, MessageId = message.BasicProperties.MessageId };
            await confirming.BasicPublishAsync("", node.Queue, mandatory: true, properties, message.Body);
        }
        await node.ResumesAsync(deleted);
        await node.AllHandledAsync();
        await node.NothingWasSpentAsync();
        node.Log.AssertAtMost(1);
    }

    /// <summary>As one without a majority of its members, or one whose process hangs: the other groups share the connection with it.</summary>
    [Fact]
    public async Task A_queue_that_is_silent_stops_its_own_group_only()
    {
        await using var server = new RabbitServer();
        await server.StartAsync();
        await using var node = new TroubledNode(
            _postgres, server.ConnectionString, output, cap => cap.FailedRetryCount = 1000,
            services: services => services.AddHealthChecks().AddCap());
        await node.StartAsync();
        node.ConfirmTimeout(TimeSpan.FromSeconds(3));
        await QueueProcessAsync("suspend");
        await server.RunCtlAsync("close_all_connections", "test");
        // Both groups lost their consumer. This name goes to one of them only.
        var published = 0;
        await Eventually.BecomesTrueAsync(() => node.Log.Of(182).Any(line =>
            line.Contains($"{node.Name}.two", StringComparison.Ordinal) && line.Contains("though it answers otherwise", StringComparison.Ordinal)));
        node.Log.Clear();
        var health = node.Node.Services.GetRequiredService<HealthCheckService>();
        await Eventually.BecomesTrueAsync(async () =>
            (await health.CheckHealthAsync()).Entries["cap"].Data.Keys.Any(key => key.Contains($"{node.Name}.two", StringComparison.Ordinal)));
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(12))
        {
            await node.Node.Publisher.PublishAsync("topic.x.end", $"{published++}");
            await node.Script.EndedAsync("pattern", published);
        }
        output.WriteLine($"{published} messages went through the other queue, one after the other");
        Assert.Equal(0, node.Log.Count(300));

        await QueueProcessAsync("resume");
        await node.PublishAsync(100);
        await node.AllHandledAsync();
        await node.Node.SettledAsync();
        Assert.Equal(published, node.Script.Values("pattern").Count);
        await Eventually.BecomesTrueAsync(async () => (await health.CheckHealthAsync()).Status == HealthStatus.Healthy);

        Task QueueProcessAsync(string what) =>
            server.RunCtlAsync("eval", $"sys:{what}(binary_to_existing_atom(<<\"%2F_{node.Name}.two.v1\">>)).");
    }

    private TroubledNode New(Action<RabbitMQOptions>? broker = null, Action<CapOptions>? configure = null) =>
        new(_postgres, _rabbit, output, configure, broker);

    private Task<IConnection> ForeignAsync() =>
        new ConnectionFactory { Uri = new(_rabbit), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
}
