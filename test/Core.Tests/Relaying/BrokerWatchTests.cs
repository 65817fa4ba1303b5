using Cap.Conformance;
using Cap.Core.Tests.Consuming;
using Cap.Messages;
using Cap.Relaying;
using Cap.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cap.Core.Tests.Relaying;

/// <summary>Whether the broker answers is known from the start on, or said to be not known; never taken for granted.</summary>
public sealed class BrokerWatchTests
{
    [Fact]
    public async Task A_broker_that_is_away_from_the_start_is_known_to_be_before_any_group_is_there()
    {
        var broker = new HandedTransport { Fault = new BrokerConnectionException("not there") };
        await using var node = Node(broker);
        var gate = node.Services.GetRequiredService<BrokerGate>();
        await node.StartAsync(default);
        await node.Publisher.PublishAsync("plain", "x");
        await Eventually.BecomesTrueAsync(() => gate.Away is { Reason: "not there" });
        Assert.Null(gate.AnsweredAt);
        var health = await node.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Equal("not there", health.Entries["cap"].Data["broker"]);

        broker.Fault = null;
        await Eventually.BecomesTrueAsync(() => gate is { Away: null, AnsweredAt: not null });
        await node.FindAsync(MessageType.Publish, "plain", StatusName.Succeeded);
    }

    [Fact]
    public async Task A_broker_that_answers_and_has_no_groups_yet_is_sent_nothing()
    {
        var broker = new HandedTransport { SubscribeFault = new BrokerConnectionException("no channel left") };
        await using var node = Node(broker);
        var gate = node.Services.GetRequiredService<BrokerGate>();
        await node.StartAsync(default);
        await node.Publisher.PublishAsync("plain", "x");
        await Eventually.BecomesTrueAsync(() => gate is { Away: null, AnsweredAt: not null });
        await Eventually.StaysAsync(() => broker.RefusedBeforeSending.Count == 0);

        broker.SubscribeFault = null;
        await node.FindAsync(MessageType.Publish, "plain", StatusName.Succeeded);
    }

    [Fact]
    public async Task Nothing_is_known_before_the_start_and_after_the_stop()
    {
        await using var node = Node(new());
        var gate = node.Services.GetRequiredService<BrokerGate>();
        Assert.Null(gate.AnsweredAt);
        await node.StartAsync(default);
        await Eventually.BecomesTrueAsync(() => gate.AnsweredAt is not null);
        await node.Bootstrapper.StopAsync();
        gate.Trip(new BrokerConnectionException("noticed late"));
        await node.Bootstrapper.BootstrapAsync();
        await Eventually.BecomesTrueAsync(() => gate is { Away: null, AnsweredAt: not null });
        await node.Bootstrapper.StopAsync();
        Assert.True(gate is { Away: null, AnsweredAt: null });
    }

    private static TestNode Node(HandedTransport broker) =>
        new(
            cap => cap.UseInMemory(),
            builder =>
            {
                builder.Services.AddSingleton(new Script()).AddTransient<ScriptedHandlers>().AddLogging();
                builder.Services.AddSingleton<ITransport>(broker);
                builder.Services.AddHealthChecks().AddCap();
            }
        );
}
