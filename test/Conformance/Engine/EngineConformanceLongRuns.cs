using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    private static readonly TimeSpan ShortLease = TimeSpan.FromSeconds(3);

    /// <summary>Whether others can write while a transaction that has written is open.</summary>
    protected virtual bool CanWriteBesideATransaction => true;

    [Theory]
    [InlineData("keyed")]
    [InlineData("transactional")]
    public async Task A_handler_that_runs_for_many_lease_times_is_not_started_beside_itself(string name)
    {
        // Where nodes can share the tables, the next test shows more.
        if (CanShare || (name == "transactional" && !CanWriteBesideATransaction))
            return;
        var node = await StartAsync(cap => (cap.LeaseTime, cap.PollingInterval) = (ShortLease, TimeSpan.FromMilliseconds(20)));
        var gate = await BlockAllShardsAsync(node, name);
        await LeasesStayAsync(node, name);
        gate.SetResult();
        await EndedOnceAsync(node, name);
    }

    /// <summary>
    /// The second node asks for half of the shards: each of them has a handler at work, so none may move before it has ended, however
    /// long the lease is over that it began in.
    /// </summary>
    [Theory]
    [InlineData("keyed")]
    [InlineData("transactional")]
    public async Task A_handler_that_runs_for_many_lease_times_is_not_started_by_a_node_that_joins(string name)
    {
        if (!CanShare)
            return;
        var first = await StartAsync(cap => (cap.NodeName, cap.LeaseTime, cap.PollingInterval) = ("first", ShortLease, TimeSpan.FromMilliseconds(20)));
        var gate = await BlockAllShardsAsync(first, name);
        var second = await StartAsync(cap => (cap.NodeName, cap.LeaseTime, cap.PollingInterval) = ("second", ShortLease, TimeSpan.FromMilliseconds(20)));
        await LeasesStayAsync(first, name);
        gate.SetResult();
        await EndedOnceAsync(first, name);
        await Eventually.BecomesTrueAsync(async () => OwnedBy(second, await TableAsync(second)) == 8);
        await second.Publisher.PublishAsync(name, "after", cancellationToken: Stop);
        await Script.EndedAsync(name, 17);
    }

    /// <summary>Has a handler begin in every shard of the group, and returns what ends them all.</summary>
    private async Task<TaskCompletionSource> BlockAllShardsAsync(TestNode node, string name)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Script.On(
            name,
            async call =>
            {
                if (call.Transaction is not null)
                    await node.Publisher.PublishAsync("topic.x.end", call.Value, cancellationToken: Stop);
                await gate.Task;
            }
        );
        var keys = Enumerable.Range(0, 1000).Select(i => $"{i}").DistinctBy(key => MessageKey.Shard(MessageKey.Hash(key)!.Value, 16)).ToList();
        Assert.Equal(16, keys.Count);
        await node.Publisher.PublishAsync(keys.Select(key => new OutgoingMessage(name, key, new() { Key = key })), Stop);
        await Script.BegunAsync(name, 16);
        return gate;
    }

    /// <summary>Watches for three lease times, by the database's clock, that all shards of the group stay the node's and nothing else is begun.</summary>
    private async Task LeasesStayAsync(TestNode node, string name)
    {
        var from = (await TableAsync(node)).Now;
        await Eventually.BecomesTrueAsync(async () =>
        {
            var table = await TableAsync(node);
            Assert.Equal(16, OwnedBy(node, table));
            Assert.Equal(16, Script.Begun.Count(c => c.Handler == name));
            // Renewed at the end, however late a heartbeat was in between.
            return table.Now > from + ShortLease * 3 && table.Nodes.Single(n => IsOf(node, n.Name)).ExpiresAt > table.Now;
        });
    }

    private async Task EndedOnceAsync(TestNode node, string name)
    {
        await Script.EndedAsync(name, 16);
        if (name == "transactional")
            await Script.EndedAsync("pattern", 16);
        await node.SettledAsync();
        Assert.Equal(16, Script.Begun.Count(c => c.Handler == name));
        Assert.Equal(name == "transactional" ? 16 : 0, Script.Begun.Count(c => c.Handler == "pattern"));
        var rows = await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Name = name }, Stop);
        Assert.All(rows, row => Assert.Equal((StatusName.Succeeded, 0), (row.StatusName, row.Retries)));
    }

    private static int OwnedBy(TestNode node, LeaseTable table) =>
        table.Leases.Count(l => IsOf(node, l.Node) && l.Lane.Type == MessageType.Subscribe && l.Lane.Name.EndsWith("one.v1", StringComparison.Ordinal));

    /// <summary>Leases are held under the name of the node and something that makes it unique.</summary>
    private static bool IsOf(TestNode node, string? holder) =>
        holder?.StartsWith(((CapOptions)node.Services.GetService(typeof(CapOptions))!).NodeName + "#", StringComparison.Ordinal) == true;

    private async Task<LeaseTable> TableAsync(TestNode node)
    {
        LeaseTable? seen = null;
        await node.Storage.UpdateLeasesAsync(
            table =>
            {
                seen = table;
                return new(null, [], []);
            },
            Stop
        );
        return seen!;
    }
}
