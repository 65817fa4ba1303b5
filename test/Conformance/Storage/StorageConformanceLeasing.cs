using System.Globalization;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    private static readonly LeaseChanges NoChange = new(null, [], []);

    [Fact]
    public async Task Nodes_and_leases_are_read_as_they_were_written()
    {
        var now = await NowAsync();
        var node = new NodeRow("node-1 'ö'", now.AddSeconds(15), [Sample.Outbox, Sample.Inbox]);
        var idle = new NodeRow("idle", now.AddSeconds(20), []);
        await Storage.UpdateLeasesAsync(_ => new(node, [], [new(Sample.Outbox, 3, node.Name), new(Sample.Inbox, 3, null)]), Stop);
        await Storage.UpdateLeasesAsync(_ => new(idle, [], []), Stop);

        var table = await LeasesAsync(await StartNodeAsync());
        Assert.True(table.Now >= now);
        var read = table.Nodes.Single(n => n.Name == node.Name);
        Assert.Equal(node.ExpiresAt, read.ExpiresAt, TimeSpan.FromMilliseconds(1));
        Assert.Equal([Sample.Outbox, Sample.Inbox], read.Lanes);
        Assert.Empty(table.Nodes.Single(n => n.Name == "idle").Lanes);
        Assert.Equal(node.Name, table.Leases.Single(l => l.Lane == Sample.Outbox && l.Shard == 3).Node);
        Assert.Null(table.Leases.SingleOrDefault(l => l.Lane == Sample.Inbox && l.Shard == 3)?.Node);
        Assert.DoesNotContain(table.Leases, l => l.Node is not null && l.Shard != 3);
    }

    [Fact]
    public async Task Nodes_and_leases_are_replaced()
    {
        var now = await NowAsync();
        await Storage.UpdateLeasesAsync(_ => new(new("a", now, [Sample.Outbox]), [], [new(Sample.Outbox, 1, "a"), new(Sample.Outbox, 2, "a")]), Stop);
        await Storage.UpdateLeasesAsync(_ => new(new("a", now.AddHours(1), [Sample.Inbox]), [], [new(Sample.Outbox, 1, "b"), new(Sample.Outbox, 2, null)]), Stop);

        var table = await LeasesAsync(Storage);
        var node = Assert.Single(table.Nodes);
        Assert.Equal(now.AddHours(1), node.ExpiresAt, TimeSpan.FromMilliseconds(1));
        Assert.Equal([Sample.Inbox], node.Lanes);
        Assert.Equal("b", table.Leases.Single(l => l.Shard == 1).Node);
        Assert.Null(table.Leases.SingleOrDefault(l => l.Shard == 2)?.Node);
    }

    [Fact]
    public async Task Removed_nodes_are_gone()
    {
        var now = await NowAsync();
        foreach (var name in new[] { "a", "b", "c" })
            await Storage.UpdateLeasesAsync(_ => new(new(name, now, [Sample.Outbox]), [], []), Stop);
        await Storage.UpdateLeasesAsync(_ => new(null, ["a", "c", "never heard of"], []), Stop);
        Assert.Equal("b", Assert.Single((await LeasesAsync(Storage)).Nodes).Name);
    }

    [Fact]
    public async Task Deciding_is_serialized_over_all_nodes()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            var node = await StartNodeAsync();
            for (var i = 0; i < 20; i++)
                await node.UpdateLeasesAsync(Increment, Stop);
        })));
        Assert.Equal("120", (await LeasesAsync(Storage)).Leases.Single(l => l.Shard == 5).Node);

        static LeaseChanges Increment(LeaseTable table)
        {
            var count = table.Leases.SingleOrDefault(l => l.Shard == 5)?.Node ?? "0";
            return new(null, [], [new(Sample.Outbox, 5, (int.Parse(count, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture))]);
        }
    }

    [Fact]
    public async Task What_deciding_throws_comes_through_and_frees_the_lock()
    {
        var thrown = await Assert.ThrowsAsync<FormatException>(() => Storage.UpdateLeasesAsync(_ => throw new FormatException("no"), Stop));
        Assert.Equal("no", thrown.Message);
        await (await StartNodeAsync()).UpdateLeasesAsync(_ => new(null, [], [new(Sample.Outbox, 1, "a")]), Stop);
        Assert.Equal("a", (await LeasesAsync(Storage)).Leases.Single(l => l.Shard == 1).Node);
    }

    [Fact]
    public async Task A_node_hears_another_that_notifies()
    {
        if (!CanListen)
            return;
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var heard = 0;
        var other = await StartNodeAsync();
        var listen = Task.Run(() => Storage.ListenAsync(
            lane =>
            {
                if (lane is null || lane == Sample.Inbox)
                    Interlocked.Increment(ref heard);
            },
            listening.Token));

        await Eventually.BecomesTrueAsync(async () =>
        {
            await other.NotifyAsync([Sample.Inbox], Stop);
            return heard > 0;
        });
        await listening.CancelAsync();
        Assert.True(await Record.ExceptionAsync(() => listen) is null or OperationCanceledException);
    }

    [Fact]
    public async Task A_node_hears_that_leases_are_free()
    {
        if (!CanListen)
            return;
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var heard = 0;
        var other = await StartNodeAsync();
        var listen = Task.Run(() => Storage.ListenAsync(lane => heard += lane is null ? 1 : 0, listening.Token));
        await Eventually.BecomesTrueAsync(async () =>
        {
            await other.NotifyAsync([], Stop);
            return heard > 0;
        });
        await listening.CancelAsync();
        await Record.ExceptionAsync(() => listen);
    }

    [Fact]
    public async Task Notifying_without_listeners_is_fine()
    {
        await Storage.NotifyAsync([Sample.Outbox, Sample.Inbox], Stop);
        await Storage.NotifyAsync([], Stop);
    }

    private async Task<LeaseTable> LeasesAsync(IStorage node)
    {
        LeaseTable? read = null;
        await node.UpdateLeasesAsync(
            table =>
            {
                read = table;
                return NoChange;
            },
            Stop);
        return read!;
    }
}
