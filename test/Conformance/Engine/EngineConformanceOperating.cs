using Cap.Leasing;
using Cap.Messages;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task A_paused_group_stores_what_comes_and_handles_it_when_it_goes_on()
    {
        var node = await StartAsync();
        await node.Publisher.PublishAsync("plain", "before", cancellationToken: Stop);
        await Script.EndedAsync("one");
        await node.SettledAsync();
        var lane = new Lane(MessageType.Subscribe, await GroupOneAsync(node));
        var leases = node.Services.GetRequiredService<Leases>();
        await PauseAsync(true);
        await Eventually.BecomesTrueAsync(() => leases.Of(lane).Count == 0);

        await node.Publisher.PublishAsync(Enumerable.Range(0, 5).Select(i => new OutgoingMessage("plain", $"{i}")), Stop);
        await Script.EndedAsync("two", 6);
        await Eventually.BecomesTrueAsync(async () => (await node.Storage.Monitoring.GetBacklogsAsync(Stop)).Single(b => b.Lane == lane).Due == 5);
        Assert.Equal(["before"], Script.Values("one"));

        await PauseAsync(false);
        await Script.EndedAsync("one", 6);
        await node.SettledAsync();

        async Task PauseAsync(bool isPaused)
        {
            Assert.Equal(1, (await node.Storage.Monitoring.PauseAsync(new(lane, isPaused, "tester"), Stop)).Changed);
            await node.Storage.NotifyAsync([], Stop);
        }
    }

    [Fact]
    public async Task An_operation_goes_through_all_that_match_and_leaves_the_rest()
    {
        const int Count = 250;
        var node = await StartAsync(cap => cap.FailedRetryCount = 1);
        var broken = true;
        Script.On(
            "one",
            call =>
            {
                if (Volatile.Read(ref broken))
                    throw new InvalidOperationException(call.Value == "other" ? "in another way" : "broken");
            }
        );
        await node.Publisher.PublishAsync(Enumerable.Range(0, Count).Select(i => new OutgoingMessage("plain", $"{i}")), Stop);
        await node.Publisher.PublishAsync("plain", "other", cancellationToken: Stop);
        await Eventually.BecomesTrueAsync(async () => (await node.Storage.CountAsync(MessageType.Subscribe, Stop)).Failed == Count + 1);
        Volatile.Write(ref broken, false);

        var query = new MessageQuery { Type = MessageType.Subscribe, Status = StatusName.Failed, Group = await GroupOneAsync(node), Error = "broken" };
        var id = await node.Storage.Monitoring.StartAsync(new(MessageActionKind.Retry, query, "tester", Count), Stop);
        await node.Storage.NotifyAsync([], Stop);
        await Eventually.BecomesTrueAsync(async () => await node.Storage.Monitoring.GetOperationsAsync(id, 1, Stop) is [{ State: OperationState.Done }]);
        Assert.Equal(Count, (await node.Storage.Monitoring.GetOperationsAsync(id, 1, Stop))[0].Changed);
        await Script.EndedAsync("one", Count);
        Assert.DoesNotContain("other", Script.Values("one"));
        Assert.Equal(1, (await node.Storage.CountAsync(MessageType.Subscribe, Stop)).Failed);
        var entry = (await node.Storage.Monitoring.FindAuditAsync(new() { Limit = 1 }, Stop))[0];
        Assert.Equal(("tester", "finish", Count), (entry.By, entry.What, entry.Changed));
    }

    [Fact]
    public async Task What_a_node_does_is_counted()
    {
        var node = await StartAsync(cap => cap.FailedRetryCount = 2);
        Script.On(
            "one",
            call =>
            {
                if (call.Value == "bad")
                    throw new InvalidOperationException("broken");
            }
        );
        await node.Publisher.PublishAsync("plain", "good", cancellationToken: Stop);
        await node.Publisher.PublishAsync("plain", "bad", cancellationToken: Stop);
        await Script.EndedAsync("two", 2);
        await Script.EndedAsync("one");
        var group = (await node.FindAsync(MessageType.Subscribe, "plain", StatusName.Failed)).Group;
        // What is counted until a node stops is stored when it does.
        await node.StopAsync(Stop);

        var counted = await node.Storage.Monitoring.GetStatisticsAsync(new(DateTimeOffset.UnixEpoch), Stop);
        var outbox = counted.Where(c => c.Lane.Type == MessageType.Publish).ToList();
        Assert.Equal((2, 0), (outbox.Sum(c => c.Succeeded), outbox.Sum(c => c.Failed)));
        Assert.Equal(2, outbox.Sum(c => c.Waited.Sum()));
        Assert.Equal(2, outbox.Sum(c => c.Took.Sum()));
        var one = counted.Where(c => c.Lane.Name == group).ToList();
        Assert.Equal((1, 2, 1), (one.Sum(c => c.Succeeded), one.Sum(c => c.Failed), one.Sum(c => c.GivenUp)));
        Assert.Equal(1, one.Sum(c => c.Waited.Sum()));
    }

    private async Task<string> GroupOneAsync(TestNode node)
    {
        var lanes = (await node.Storage.Monitoring.GetClusterAsync(Stop)).Nodes.SelectMany(n => n.Lanes).Where(l => l.Type == MessageType.Subscribe);
        return lanes.Select(l => l.Name).First(name => name.Split('.').Contains("one"));
    }
}
