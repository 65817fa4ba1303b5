using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    private IMonitoringStorage Monitoring => Storage.Monitoring;

    [Fact]
    public async Task Who_acted_is_written_down_with_what_really_changed()
    {
        var ids = await StoreAsync(Sample.Messages(4));
        await FailAsync(ids[0], retryIn: null);
        await FailAsync(ids[1], TimeSpan.FromHours(1));
        var before = await NowAsync();

        var acted = await Monitoring.ActAsync(new(MessageType.Publish, MessageActionKind.Retry, ids, "Ann"), Stop);
        Assert.Equal(2, acted.Changed);
        var entry = Assert.Single(await Monitoring.FindAuditAsync(new() { Id = acted.AuditId }, Stop));
        Assert.Equal(("Ann", "retry", 2), (entry.By, entry.What, entry.Changed));
        Assert.Contains($"{ids[0]}", entry.On, StringComparison.Ordinal);
        Assert.Equal(before, entry.At, TimeSpan.FromSeconds(10));

        // Of many rows it says how many, and also that nothing came of it.
        acted = await Monitoring.ActAsync(new(MessageType.Publish, MessageActionKind.Retry, [.. Enumerable.Range(1, 25).Select(i => 1_000_000L + i)], "Cy"), Stop);
        Assert.EndsWith(", 1000020 and 5 more", (await Monitoring.FindAuditAsync(new() { Id = acted.AuditId }, Stop))[0].On, StringComparison.Ordinal);
        acted = await Monitoring.ActAsync(new(MessageType.Publish, MessageActionKind.Retry, ids, "Bob"), Stop);
        Assert.Equal(0, acted.Changed);
        Assert.Equal(["Bob", "Cy", "Ann"], (await Monitoring.FindAuditAsync(new(), Stop)).Select(e => e.By));
    }

    [Fact]
    public async Task The_audit_log_is_read_page_by_page_and_by_person()
    {
        for (var i = 0; i < 12; i++)
            Assert.True(await Monitoring.AuditAsync(new(i % 2 == 0 ? "Ann" : "Bob", "look", $"{i}", i), Stop) > 0);
        var first = await Monitoring.FindAuditAsync(new() { Limit = 5 }, Stop);
        Assert.Equal(["11", "10", "9", "8", "7"], first.Select(e => e.On));
        Assert.Equal(["6", "5"], (await Monitoring.FindAuditAsync(new() { Limit = 2, BeforeId = first[^1].Id }, Stop)).Select(e => e.On));
        Assert.Equal(["10", "8"], (await Monitoring.FindAuditAsync(new() { Limit = 2, By = "Ann" }, Stop)).Select(e => e.On));
        Assert.Empty(await Monitoring.FindAuditAsync(new() { By = "nobody" }, Stop));
    }

    [Fact]
    public async Task Cancel_deletes_delayed_messages_and_no_others()
    {
        var ids = await StoreAsync(
            Sample.Message() with { Delay = TimeSpan.FromHours(1) }, Sample.Message(), Sample.Message(), Sample.Message(), Sample.Message("stays") with { Delay = TimeSpan.FromHours(1) });
        await FailAsync(ids[2], retryIn: null);
        await FailAsync(ids[3], TimeSpan.FromHours(1));
        Assert.Equal(1, await ActAsync(MessageActionKind.Cancel, Sample.Outbox, ids[..4]));
        Assert.Null(await FindOneAsync(ids[0]));
        Assert.All(await Task.WhenAll(ids[1..].Select(id => FindOneAsync(id))), Assert.NotNull);
    }

    [Fact]
    public async Task A_lane_is_paused_until_somebody_lets_it_go_on()
    {
        await ReceiveOneAsync(Sample.Incoming());
        Assert.Empty((await Monitoring.GetClusterAsync(Stop)).Paused);
        var unused = new Lane(MessageType.Subscribe, "nobody.yet.v1");
        Assert.Equal(1, (await Monitoring.PauseAsync(new(unused, true, "Ann"), Stop)).Changed);
        Assert.Equal(unused, Assert.Single((await Monitoring.GetClusterAsync(Stop)).Paused).Lane);
        await Monitoring.PauseAsync(new(unused, false, "Ann"), Stop);
        var paused = await Monitoring.PauseAsync(new(Sample.Inbox, true, "Ann"), Stop);
        Assert.Equal(1, paused.Changed);
        Assert.Equal(0, (await Monitoring.PauseAsync(new(Sample.Inbox, true, "Bob"), Stop)).Changed);
        var lane = Assert.Single((await Monitoring.GetClusterAsync(Stop)).Paused);
        Assert.Equal((Sample.Inbox, "Ann"), (lane.Lane, lane.By));
        Assert.Equal([Sample.Inbox], await PausedAsync());

        Assert.Equal(1, (await Monitoring.PauseAsync(new(Sample.Inbox, false, "Bob"), Stop)).Changed);
        Assert.Equal(0, (await Monitoring.PauseAsync(new(Sample.Inbox, false, "Bob"), Stop)).Changed);
        Assert.Empty(await PausedAsync());
        Assert.Equal(["resume", "resume", "pause", "pause", "resume", "pause"], (await Monitoring.FindAuditAsync(new(), Stop)).Select(e => e.What));
    }

    [Fact]
    public async Task An_operation_is_run_by_one_node_and_taken_over_from_one_that_is_not_heard_of()
    {
        Assert.False(await HasOperationAsync());
        Assert.Null(await Monitoring.TakeOperationAsync("a", TimeSpan.FromHours(1), Stop));
        var query = new MessageQuery { Type = MessageType.Publish, Status = StatusName.Failed, NamePattern = "order.*", Header = new("tenant", "north") };
        var id = await Monitoring.StartAsync(new(MessageActionKind.Retry, query, "Ann", 7), Stop);
        Assert.True(await HasOperationAsync());

        var taken = await Monitoring.TakeOperationAsync("a", TimeSpan.FromHours(1), Stop);
        Assert.Equal((id, MessageActionKind.Retry, query, "Ann", 7, OperationState.Running, 0, null), (taken!.Id, taken.Kind, taken.Query, taken.By, taken.Expected, taken.State, taken.Changed, taken.From));
        Assert.Null(await (await StartNodeAsync()).Monitoring.TakeOperationAsync("b", TimeSpan.FromHours(1), Stop));
        Assert.NotNull(await Monitoring.TakeOperationAsync("a", TimeSpan.FromMilliseconds(1), Stop));
        await Eventually.BecomesTrueAsync(async () => await Monitoring.TakeOperationAsync("b", TimeSpan.FromHours(1), Stop) is not null);

        Assert.True(await Monitoring.EndOperationAsync(new(id, OperationState.Failed, "Ann", "no reason"), Stop));
        Assert.False(await Monitoring.EndOperationAsync(new(id, OperationState.Done, "Ann", null), Stop));
        Assert.False(await HasOperationAsync());
        var ended = Assert.Single(await Monitoring.GetOperationsAsync(id, 10, Stop));
        Assert.Equal((OperationState.Failed, "no reason"), (ended.State, ended.Reason));
        Assert.NotNull(ended.EndedAt);
        var entries = await Monitoring.FindAuditAsync(new(), Stop);
        Assert.Equal(["fail", "start retry"], entries.Select(e => e.What));
        Assert.Equal($"operation {id}: published, state Failed, name 'order.*', header 'tenant=north'; 7 counted", entries[1].On);
    }

    [Fact]
    public async Task What_an_operation_does_moves_it_on_until_it_is_stopped()
    {
        var ids = await StoreAsync(Sample.Messages(5));
        foreach (var id in ids)
            await FailAsync(id, retryIn: null);
        var query = new MessageQuery { Type = MessageType.Publish, Status = StatusName.Failed };
        var operation = await Monitoring.StartAsync(new(MessageActionKind.Delete, query, "Ann", 5), Stop);
        var key = (await Monitoring.FindAsync(query with { Limit = 2 }, Stop)).Next;
        await Monitoring.TakeOperationAsync("a", TimeSpan.FromHours(1), Stop);

        Assert.Equal(2, (await Monitoring.ActAsync(Step(ids[3..], key), Stop)).Changed);
        Assert.Equal(0, (await Monitoring.ActAsync(Step([], key), Stop)).Changed);
        // One that has lost it meanwhile changes nothing, and does not move it either.
        var late = await Monitoring.ActAsync(Step(ids[..3], new(1), node: "late"), Stop);
        Assert.Equal((0, false), (late.Changed, late.IsHeld));
        var stored = Assert.Single(await Monitoring.GetOperationsAsync(null, 10, Stop));
        Assert.Equal((2, key), (stored.Changed, stored.From));

        Assert.True(await Monitoring.EndOperationAsync(new(operation, OperationState.Stopped, "Bob", "enough"), Stop));
        var stopped = await Monitoring.ActAsync(Step(ids[..3], null), Stop);
        Assert.Equal((0, false), (stopped.Changed, stopped.IsHeld));
        Assert.Equal(3, (await Storage.CountAsync(MessageType.Publish, Stop)).Failed);
        // The parts have no entry of their own.
        var entries = await Monitoring.FindAuditAsync(new(), Stop);
        Assert.Equal([("Bob", "stop", 2L), ("Ann", "start delete", 0L)], entries.Select(e => (e.By, e.What, e.Changed)));

        MessageAction Step(long[] rows, PageKey? from, string node = "a") =>
            new(MessageType.Publish, MessageActionKind.Delete, rows, "Ann") { Operation = new(operation, node, from) };
    }

    [Fact]
    public async Task An_operation_ends_with_its_last_part()
    {
        var ids = await StoreAsync(Sample.Messages(3));
        foreach (var id in ids)
            await FailAsync(id, retryIn: null);
        var operation = await Monitoring.StartAsync(new(MessageActionKind.Delete, new() { Type = MessageType.Publish, Status = StatusName.Failed }, "Ann", 3), Stop);
        await Monitoring.TakeOperationAsync("a", TimeSpan.FromHours(1), Stop);
        var action = new MessageAction(MessageType.Publish, MessageActionKind.Delete, ids, "Ann") { Operation = new(operation, "a", null) };
        Assert.True((await Monitoring.ActAsync(action, Stop)).IsHeld);

        var done = Assert.Single(await Monitoring.GetOperationsAsync(operation, 1, Stop));
        Assert.Equal((OperationState.Done, 3), (done.State, done.Changed));
        Assert.NotNull(done.EndedAt);
        Assert.Null(await Monitoring.TakeOperationAsync("b", TimeSpan.FromHours(1), Stop));
        var entry = (await Monitoring.FindAuditAsync(new() { Limit = 1 }, Stop))[0];
        Assert.Equal(("Ann", "finish", 3), (entry.By, entry.What, entry.Changed));
    }

    /// <summary>However long it takes until a node gets to it.</summary>
    [Theory]
    [InlineData(StatusName.Failed)]
    [InlineData(StatusName.Delayed)]
    public async Task What_turns_up_after_an_operation_was_started_is_not_meant(StatusName status)
    {
        await StoreOneAsync();
        var query = new MessageQuery { Type = MessageType.Publish, Status = status };
        var id = await Operating.OperationStart.StartAsync(Monitoring, new(MessageActionKind.Delete, query, "Ann", 1), Stop);
        await StoreOneAsync();
        var operation = Assert.Single(await Monitoring.GetOperationsAsync(id, 1, Stop));
        Assert.Equal("first", Assert.Single((await Monitoring.FindAsync(operation.Query with { From = operation.From }, Stop)).Messages).Name);

        // Where there is nothing at all, nothing is meant.
        var none = await Operating.OperationStart.StartAsync(Monitoring, new(MessageActionKind.Delete, query with { Type = MessageType.Subscribe }, "Ann", 0), Stop);
        Assert.NotNull((await Monitoring.GetOperationsAsync(none, 1, Stop))[0].From);

        async Task StoreOneAsync()
        {
            var name = (await Storage.FindAsync(new() { Type = MessageType.Publish }, Stop)).Count == 0 ? "first" : "second";
            var ids = await StoreAsync(status == StatusName.Delayed ? Sample.Message(name) with { Delay = TimeSpan.FromHours(1) } : Sample.Message(name));
            if (status == StatusName.Failed)
                await FailAsync(ids[0], retryIn: null);
        }
    }

    [Fact]
    public async Task What_nodes_have_counted_is_added_up_for_each_minute()
    {
        var since = (await NowAsync()).AddMinutes(-2);
        var (waited, took) = (Histogram(3, 1), Histogram(7, 2));
        await Monitoring.AddStatisticsAsync([new(Sample.Outbox, default, 1, 2, 3, waited, took), new(Sample.Inbox, default, 10, 0, 0, waited, took)], Stop);
        await (await StartNodeAsync()).Monitoring.AddStatisticsAsync([new(Sample.Outbox, default, 4, 0, 1, waited, took)], Stop);
        await Monitoring.AddStatisticsAsync([], Stop);

        // The minute may have turned in between.
        var rows = await Monitoring.GetStatisticsAsync(new(since), Stop);
        Assert.All(rows, row => Assert.Equal(0, row.Minute.Second + row.Minute.Millisecond));
        var outbox = rows.Where(row => row.Lane == Sample.Outbox).ToList();
        Assert.Equal((5, 2, 4), (outbox.Sum(r => r.Succeeded), outbox.Sum(r => r.Failed), outbox.Sum(r => r.GivenUp)));
        Assert.Equal(2, outbox.Sum(r => r.Waited[3]));
        Assert.Equal(4, outbox.Sum(r => r.Took[7]));
        Assert.Equal(10, rows.Where(row => row.Lane == Sample.Inbox).Sum(r => r.Succeeded));
        Assert.Empty(await Monitoring.GetStatisticsAsync(new((await NowAsync()).AddMinutes(2)), Stop));

        // In steps of a day it comes to one row a lane, unless the day turned.
        var days = await Monitoring.GetStatisticsAsync(new(since) { Step = TimeSpan.FromDays(1) }, Stop);
        Assert.All(days, day => Assert.Equal(TimeSpan.Zero, day.Minute.TimeOfDay));
        Assert.Equal(days.Count, days.DistinctBy(day => (day.Lane, day.Minute)).Count());
        var ofOutbox = days.Where(day => day.Lane == Sample.Outbox).ToList();
        Assert.Equal((5, 2, 4), (ofOutbox.Sum(d => d.Succeeded), ofOutbox.Sum(d => d.Failed), ofOutbox.Sum(d => d.GivenUp)));
        Assert.Equal((2, 4), (ofOutbox.Sum(d => d.Waited[3]), ofOutbox.Sum(d => d.Took[7])));
        Assert.All(days, day => Assert.Equal((Durations.Steps, Durations.Steps), (day.Waited.Count, day.Took.Count)));
        var counts = await Monitoring.GetStatisticsAsync(new(since) { IsWithDurations = false }, Stop);
        Assert.Equal(15, counts.Sum(c => c.Succeeded));
        Assert.All(counts, c => Assert.Empty(c.Waited.Concat(c.Took)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatisticsQuery(since) { Step = TimeSpan.FromSeconds(1) });

        static long[] Histogram(int step, long count)
        {
            var counts = new long[Durations.Steps];
            counts[step] = count;
            return counts;
        }
    }

    [Fact]
    public async Task The_backlog_of_each_lane_has_a_count_and_an_age()
    {
        var ids = await StoreAsync(Sample.Message(), Sample.Message(shard: 7), Sample.Message(key: "a"), Sample.Message() with { Delay = TimeSpan.FromHours(1) }, Sample.Message());
        await FailAsync(ids[0], TimeSpan.Zero);
        await FailAsync(ids[4], retryIn: null);
        var received = await ReceiveOneAsync(Sample.Incoming());
        await SucceedAsync(Sample.Inbox, received);

        var backlogs = await Monitoring.GetBacklogsAsync(Stop);
        var outbox = backlogs.Single(b => b.Lane == Sample.Outbox);
        Assert.Equal((3, false), (outbox.Due, outbox.IsAtLeast));
        Assert.InRange(outbox.OldestAge!.Value, TimeSpan.Zero, TimeSpan.FromMinutes(2));
        Assert.Equal((0, null), (backlogs.Single(b => b.Lane == Sample.Inbox).Due, backlogs.Single(b => b.Lane == Sample.Inbox).OldestAge));
    }

    [Fact]
    public async Task Nodes_leases_and_the_state_of_the_database_are_shown()
    {
        await Storage.UpdateLeasesAsync(
            table => new(new NodeRow("one", table.Now.AddMinutes(1), [Sample.Outbox]) { Troubles = "broker: away" }, [], [new(Sample.Outbox, 3, "one"), new(Sample.Outbox, 4, null)]), Stop);
        var cluster = await Monitoring.GetClusterAsync(Stop);
        var node = Assert.Single(cluster.Nodes);
        Assert.Equal(("one", "broker: away"), (node.Name, node.Troubles));
        Assert.Equal(cluster.Now, node.JoinedAt!.Value, TimeSpan.FromMinutes(2));
        Assert.Equal([new LeaseRow(Sample.Outbox, 3, "one")], cluster.Leases);

        var state = await Monitoring.GetDatabaseStateAsync(Stop);
        Assert.Equal(cluster.Now, state.Now, TimeSpan.FromMinutes(2));
        Assert.NotEqual("", state.Version);
    }

    private async Task<IReadOnlyCollection<Lane>> PausedAsync()
    {
        IReadOnlyCollection<Lane> paused = [];
        await Storage.UpdateLeasesAsync(
            table =>
            {
                paused = table.Paused;
                return new(null, [], []);
            },
            Stop);
        return paused;
    }

    private async Task<bool> HasOperationAsync()
    {
        var has = false;
        await Storage.UpdateLeasesAsync(
            table =>
            {
                has = table.HasOperation;
                return new(null, [], []);
            },
            Stop);
        return has;
    }
}
