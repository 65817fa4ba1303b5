using Cap.Leasing;
using Cap.Messages;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task Two_nodes_share_the_work_and_no_message_is_handled_twice()
    {
        if (!CanShare)
            return;
        var first = await StartAsync();
        var second = await StartAsync();
        for (var i = 0; i < 300; i++)
            await (i % 2 == 0 ? first : second).Publisher.PublishAsync("plain", $"{i}", cancellationToken: Stop);
        await Script.EndedAsync("one", 300);
        await Script.EndedAsync("two", 300);
        await first.SettledAsync();
        Assert.Equal(600, Script.Begun.Count);
        Assert.Equal(300, Script.Values("one").Distinct().Count());
    }

    [Fact]
    public async Task Order_of_a_key_holds_over_two_nodes_one_of_which_leaves()
    {
        if (!CanShare)
            return;
        var first = await StartAsync();
        var second = await StartAsync();
        var options = new PublishOptions { Key = "customer 7" };
        for (var i = 0; i < 60; i++)
        {
            await (i % 2 == 0 ? first : second).Publisher.PublishAsync("keyed", $"{i:00}", options, Stop);
            if (i == 30)
                await first.Bootstrapper.StopAsync(Stop);
        }
        await Script.EndedAsync("keyed", 60);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"{i:00}"), Script.Values("keyed"));
    }

    [Fact]
    public async Task The_work_of_a_node_that_left_goes_on_elsewhere_at_once()
    {
        if (!CanShare)
            return;
        var first = await StartAsync(cap => cap.LeaseTime = TimeSpan.FromMinutes(5));
        var second = await StartAsync(cap => cap.LeaseTime = TimeSpan.FromMinutes(5));
        await first.Bootstrapper.StopAsync(Stop);
        // By now everything must be the second node's: with leases of five minutes nothing else would be in time.
        await second.Publisher.PublishAsync(Enumerable.Range(0, 100).Select(i => new OutgoingMessage("plain", $"{i}")), Stop);
        await Script.EndedAsync("one", 100);
        await Script.EndedAsync("two", 100);
    }

    /// <summary>Otherwise two nodes that are both healthy by then would work it at once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_whose_transaction_opens_after_a_gap_in_the_lease_is_not_called_in_it(bool fails)
    {
        var node = await StartAsync(cap => cap.LeaseTime = TimeSpan.FromSeconds(1), Observe);
        var storage = (ObservedStorage)node.Storage;
        var leases = node.Services.GetRequiredService<Leases>();
        var opened = 0;
        storage.BeforeBegin = async () =>
        {
            if (Interlocked.Increment(ref opened) > 1)
                return;
            var renewal = new TaskCompletionSource();
            storage.AroundLeases = async (update, stop) =>
            {
                await renewal.Task.WaitAsync(stop);
                await update();
            };
            await Eventually.BecomesTrueAsync(() => !leases.AreKnown);
            storage.AroundLeases = (update, _) => update();
            renewal.SetResult();
            await Eventually.BecomesTrueAsync(() => SharesOf(node).Count > 0);
            if (fails)
                throw new InvalidOperationException("too late");
        };
        await node.Publisher.PublishAsync("transactional", "v", cancellationToken: Stop);
        await Script.EndedAsync("transactional");
        await node.SettledAsync();
        Assert.True(opened >= 2);
        Assert.Single(Script.Begun);
        // Nor is it a failed try: whoever has the shard may be at one.
        var row = Assert.Single(await node.Storage.FindAsync(new() { Type = MessageType.Subscribe }, Stop));
        Assert.Empty(await node.Storage.GetAttemptsAsync(MessageType.Subscribe, row.Id, Stop));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Several_nodes_share_the_work_evenly(int count)
    {
        if (!CanShare)
            return;
        var nodes = new List<TestNode>();
        while (nodes.Count < count)
            nodes.Add(await StartAsync(cap => cap.LeaseTime = TimeSpan.FromSeconds(6)));
        // What is left over goes to those whose names come first. Before that, a node may have one more that it gives away as soon as it
        // hears of the last to come.
        var inOrder = nodes
            .Select(n => (Node: n, Name: n.Services.GetRequiredService<CapOptions>().NodeName))
            .OrderBy(n => n.Name, StringComparer.Ordinal)
            .ToList();
        var quotas = Enumerable.Range(0, count).Select(rank => 16 / count + (rank < 16 % count ? 1 : 0)).ToList();
        await Eventually.BecomesTrueAsync(() => inOrder.Select(n => SharesOf(n.Node).Count).SequenceEqual(quotas));

        const int perShard = 20;
        await nodes[0].Publisher.PublishAsync(Enumerable.Range(0, 16 * perShard).Select(i => new OutgoingMessage("plain", $"{i}")), Stop);
        await Script.EndedAsync("one", 16 * perShard);
        var handled = Script.Ended.Where(c => c.Handler == "one").CountBy(c => c.Header[Headers.ExecutionInstanceId]!).ToDictionary();
        foreach (var (node, quota) in inOrder.Zip(quotas))
            Assert.InRange(handled.GetValueOrDefault(node.Name), quota * perShard * 0.8, quota * perShard * 1.2);
    }

    private static IReadOnlyList<int> SharesOf(TestNode node)
    {
        var options = node.Services.GetRequiredService<CapOptions>();
        var prefix = options.GroupNamePrefix is { } given ? given + "." : "";
        return node.Services.GetRequiredService<Leases>().Of(new Lane(MessageType.Subscribe, $"{prefix}one.{options.Version}"));
    }
}
