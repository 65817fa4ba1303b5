using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task A_settled_row_is_succeeded_and_not_due()
    {
        var ids = await StoreAsync(Sample.Messages(3));
        await SucceedAsync(Sample.Outbox, ids[0], ids[2]);
        Assert.Equal([ids[1]], await FetchIdsAsync());

        var row = await FindOneAsync(ids[0]);
        Assert.Equal(StatusName.Succeeded, row!.StatusName);
        Assert.Null(row.DueAt);
        Assert.Equal(row.Added + Settings.SucceededKeepTime, row.ExpiresAt);
        Assert.Equal(new(1, 0, 0), await Storage.CountAsync(MessageType.Publish, Stop));
    }

    [Fact]
    public async Task Outbox_and_inbox_rows_of_the_same_id_are_two()
    {
        await StoreAsync(Sample.Messages(5));
        foreach (var _ in Enumerable.Range(0, 5))
            await ReceiveOneAsync(Sample.Incoming());
        var published = await FetchIdsAsync();
        var received = await FetchIdsAsync(Sample.Inbox);

        await SucceedAsync(Sample.Inbox, [.. published, .. received]);
        Assert.Equal(published, await FetchIdsAsync());
        Assert.Empty(await FetchAsync(Sample.Inbox));

        await FailAsync(published[0], retryIn: null);
        Assert.Empty(await AttemptsAsync(published[0], Sample.Inbox));
    }

    [Theory]
    [InlineData(null, StatusName.Failed)]
    [InlineData(0, StatusName.Scheduled)]
    [InlineData(3600, StatusName.Scheduled)]
    public async Task A_failed_attempt_says_what_follows(int? retryInSeconds, StatusName status)
    {
        foreach (var lane in new[] { Sample.Outbox, Sample.Inbox })
        {
            var id = lane == Sample.Outbox ? (await StoreAsync(Sample.Message()))[0] : await ReceiveOneAsync(Sample.Incoming());
            var before = await NowAsync();
            await FailAsync(id, retryInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null, lane: lane);

            var row = await FindOneAsync(id, lane);
            Assert.Equal(status, row!.StatusName);
            Assert.Equal(1, row.Retries);
            if (retryInSeconds is { } delay)
            {
                Assert.Equal(before.AddSeconds(delay), row.DueAt!.Value, TimeSpan.FromSeconds(10));
                Assert.Null(row.ExpiresAt);
            }
            else
            {
                Assert.Null(row.DueAt);
                Assert.Equal(before.AddDays(15), row.ExpiresAt!.Value, TimeSpan.FromSeconds(10));
            }
            if (retryInSeconds == 0)
                Assert.Equal(1, (await FetchUntilAsync(rows => rows.Count > 0, lane))[0].Retries);
            else
                Assert.Empty(await FetchAsync(lane));
            Assert.Equal(Sample.Attempt(), Assert.Single(await AttemptsAsync(id, lane)));
        }
    }

    [Fact]
    public async Task A_retry_in_a_moment_falls_due_by_itself()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        await FailAsync(id, TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, Assert.Single(await FetchUntilAsync(rows => rows.Count > 0)).Retries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_stale_attempt_changes_nothing(int staleNumber)
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        await FailAsync(id, TimeSpan.FromHours(1), error: "the first");
        await FailAsync(id, retryIn: null, number: staleNumber, error: "too late, or too early");

        var row = await FindOneAsync(id);
        Assert.Equal(1, row!.Retries);
        Assert.Equal(StatusName.Scheduled, row.StatusName);
        Assert.Equal("the first", Assert.Single(await AttemptsAsync(id)).Error);
    }

    [Fact]
    public async Task Of_two_nodes_that_report_the_same_attempt_one_counts()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        var counted = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () => await (await StartNodeAsync()).SettleAsync(
            new(Sample.Outbox, [], [new(id, Sample.Attempt() with { Node = $"node-{n}" }, TimeSpan.FromHours(n), TimeSpan.FromDays(1))]),
            Stop))));
        Assert.Equal([id], counted.SelectMany(ids => ids));
        Assert.Equal(1, (await FindOneAsync(id))!.Retries);
        Assert.Single(await AttemptsAsync(id));
    }

    [Fact]
    public async Task The_failed_attempts_that_count_are_named_and_no_other()
    {
        foreach (var lane in new[] { Sample.Outbox, Sample.Inbox })
        {
            var ids = lane == Sample.Outbox
                ? await StoreAsync(Sample.Messages(6))
                : [.. (await Storage.ReceiveAsync([.. Enumerable.Range(0, 6).Select(_ => Sample.Incoming())], Stop)).Select(id => id!.Value)];
            await SucceedAsync(lane, ids[1]);
            await ActAsync(MessageActionKind.Delete, lane, ids[2]);
            await FailAsync(ids[3], TimeSpan.FromHours(1), lane: lane);

            var late = Sample.Attempt() with { Node = "node-2" };
            var counted = await Storage.SettleAsync(
                new(
                    lane,
                    [ids[5]],
                    [
                        new(ids[4], late, TimeSpan.FromHours(1), default),
                        .. ids[..4].Select(id => new FailedAttempt(id, late, null, TimeSpan.FromDays(1))),
                        new(987654321, late, null, TimeSpan.FromDays(1)),
                    ]),
                Stop);
            Assert.Equal([ids[0], ids[4]], counted.Order());
        }
        Assert.Empty(await Storage.SettleAsync(new(Sample.Outbox, [987654321], []), Stop));
    }

    /// <summary>Whoever did not get the answer asks again, and must still learn that the message was given up.</summary>
    [Fact]
    public async Task The_same_report_again_changes_nothing_and_is_answered_alike()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        for (var number = 1; number <= 3; number++)
        {
            // The third pushes out the first, in the same round trip.
            var attempt = Sample.Attempt(number);
            var report = new FailedAttempt(id, attempt, number < 3 ? TimeSpan.Zero : null, TimeSpan.FromDays(1)) { KeepAttempts = 2 };
            Assert.Equal([id], await Storage.SettleAsync(new(Sample.Outbox, [], [report]), Stop));
            Assert.Equal([id], await Storage.SettleAsync(new(Sample.Outbox, [], [report]), Stop));
            foreach (var other in new[] { attempt with { Node = "node-2" }, attempt with { At = attempt.At.AddSeconds(1) } })
                Assert.Empty(await Storage.SettleAsync(new(Sample.Outbox, [], [report with { Attempt = other }]), Stop));
            Assert.Equal(number, (await FindOneAsync(id))!.Retries);
        }
        Assert.Equal([2, 3], (await AttemptsAsync(id)).Select(a => a.Number));
    }

    [Fact]
    public async Task Successes_and_failures_settle_together()
    {
        var ids = await StoreAsync(Sample.Messages(600));
        await SucceedAsync(Sample.Outbox, ids[0]);
        await Storage.SettleAsync(
            new(
                Sample.Outbox,
                [.. ids[..400], 987654321],
                [
                    .. ids[400..500].Select(id => new FailedAttempt(id, Sample.Attempt(error: $"error of {id}"), TimeSpan.FromHours(1), default)),
                    new(987654322, Sample.Attempt(), TimeSpan.Zero, default),
                    .. ids[500..550].Select(id => new FailedAttempt(id, Sample.Attempt(), null, TimeSpan.FromDays(1))),
                ]),
            Stop);

        Assert.Equal(ids[550..], await FetchIdsAsync());
        Assert.Equal(new(150, 0, 50), await Storage.CountAsync(MessageType.Publish, Stop));
        Assert.Equal($"error of {ids[450]}", Assert.Single(await AttemptsAsync(ids[450])).Error);
        Assert.Empty(await AttemptsAsync(987654322));
    }

    [Fact]
    public async Task A_settled_row_cannot_fail_any_more()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        await SucceedAsync(Sample.Outbox, id);
        await FailAsync(id, TimeSpan.Zero);
        Assert.Empty(await FetchAsync());
        Assert.Equal(StatusName.Succeeded, (await FindOneAsync(id))!.StatusName);
        Assert.Empty(await AttemptsAsync(id));
    }

    [Fact]
    public async Task Settling_nothing_is_fine()
    {
        await PublishAsync(Sample.Message());
        await Storage.SettleAsync(new(Sample.Outbox, [], []), Stop);
        Assert.Single(await FetchAsync());
    }

    [Fact]
    public async Task The_newest_20_attempts_are_kept_oldest_first()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        for (var number = 1; number <= 25; number++)
            await FailAsync(id, TimeSpan.Zero, number, error: $"error {number}");
        var attempts = await AttemptsAsync(id);
        Assert.Equal(Enumerable.Range(6, 20), attempts.Select(a => a.Number));
        Assert.Equal("error 6", attempts[0].Error);
        Assert.Equal(25, (await FindOneAsync(id))!.Retries);
    }

    [Fact]
    public async Task How_many_attempts_are_kept_can_be_said()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        for (var number = 1; number <= 5; number++)
        {
            var attempt = new Attempt(number, DateTimeOffset.UnixEpoch, "node", TimeSpan.Zero, "no");
            await Storage.SettleAsync(new(Sample.Outbox, [], [new(id, attempt, TimeSpan.Zero, TimeSpan.Zero) { KeepAttempts = 2 }]), Stop);
        }
        Assert.Equal([4, 5], (await AttemptsAsync(id)).Select(a => a.Number));
    }

    [Fact]
    public async Task The_whole_error_is_kept()
    {
        var ids = await StoreAsync(Sample.Messages(3));
        string[] errors = ["", "日本 👩‍👩‍👧 'quoted' \\ \" \r\n\t at X.Y() in /src/ö.cs:line 1", string.Concat(Enumerable.Repeat("0123456789", 10_000))];
        for (var i = 0; i < 3; i++)
            await FailAsync(ids[i], TimeSpan.Zero, error: errors[i]);
        for (var i = 0; i < 3; i++)
            Assert.Equal(Sample.Attempt(error: errors[i]), Assert.Single(await AttemptsAsync(ids[i])));
    }

    [Fact]
    public async Task Attempts_and_their_count_stay_when_a_message_succeeds_at_last()
    {
        var id = (await StoreAsync(Sample.Message()))[0];
        await FailAsync(id, TimeSpan.Zero, 1);
        await FailAsync(id, TimeSpan.Zero, 2);
        await SucceedAsync(Sample.Outbox, id);
        Assert.Equal([1, 2], (await AttemptsAsync(id)).Select(a => a.Number));
        Assert.Equal(2, (await FindOneAsync(id))!.Retries);
    }

    [Fact]
    public async Task A_message_without_failures_has_no_attempts()
    {
        Assert.Empty(await AttemptsAsync((await StoreAsync(Sample.Message()))[0]));
        Assert.Empty(await AttemptsAsync(987654321));
    }
}
