using Cap.Conformance;
using Cap.Messages;
using Cap.Transport;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Core.Tests.Consuming;

/// <summary>A broker that works refuses a group at the start: while its queue may not exist, what is sent passes it by for ever.</summary>
public sealed class RefusedGroupTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 2)]
    // One that is refused for good must not keep the node from sending.
    [InlineData(int.MaxValue, 3)]
    public async Task A_node_sends_once_its_groups_are_there_or_were_refused_often(int refusals, int before)
    {
        var broker = new HandedTransport { Refusals = refusals };
        await using var node = new TestNode(
            cap => cap.UseInMemory(),
            builder =>
            {
                builder.Services.AddSingleton(new Script()).AddTransient<ScriptedHandlers>().AddLogging();
                builder.Services.AddSingleton<ITransport>(broker);
            }
        );
        await node.StartAsync(default);
        await node.Publisher.PublishAsync("plain", "x");
        await node.FindAsync(MessageType.Publish, "plain", StatusName.Succeeded);
        Assert.InRange(Assert.Single(broker.RefusedBeforeSending), before, refusals);
    }
}
