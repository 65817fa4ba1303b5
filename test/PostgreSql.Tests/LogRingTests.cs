using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;

namespace Cap.PostgreSql.Tests;

public sealed class LogRingTests
{
    // Slots are turned and emptied with every purge.
    private static readonly ExpiryRequest AtOnce = new(TimeSpan.Zero, TimeSpan.FromDays(7), TimeSpan.Zero);

    [Fact]
    public async Task The_ring_turns_round_and_round_and_keeps_what_is_unsettled()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var (fresh, delayed, failed) = (Sample.Message("fresh"), Sample.Message("delayed") with { Delay = TimeSpan.FromHours(1) }, Sample.Message("failed"));
        await TestSchema.PublishAsync(storage, fresh, delayed, failed);
        var failedId = (await TestSchema.FindAsync(storage, failed))!.Id;
        await storage.SettleAsync(new(Sample.Outbox, [], [new(failedId, Sample.Attempt(), null, TimeSpan.FromDays(1))]), default);

        for (var turn = 0; turn < 2 * Tables.LogSlots; turn++)
        {
            var message = Sample.Message($"turn {turn}");
            await TestSchema.PublishAsync(storage, message);
            await SettleAsync(storage, message);
            Assert.Equal(1, (await storage.ExpireAsync(AtOnce, default)).Succeeded);
            Assert.Null(await TestSchema.FindAsync(storage, message));
        }

        Assert.Equal(["fresh"], (await TestSchema.FetchAsync(storage)).Select(m => m.Name));
        Assert.Equal(StatusName.Delayed, (await TestSchema.FindAsync(storage, delayed))!.StatusName);
        Assert.Equal(StatusName.Failed, (await TestSchema.FindAsync(storage, failed))!.StatusName);
        Assert.Equal(["3"], await schema.ReadAsync($"SELECT count(*) FROM {schema.Tables.Published.KeptLog}"));

        // Kept rows go one by one when they are settled.
        await SettleAsync(storage, fresh);
        await storage.ExpireAsync(AtOnce, default);
        Assert.Null(await TestSchema.FindAsync(storage, fresh));
        Assert.Equal(["2"], await schema.ReadAsync($"SELECT count(*) FROM {schema.Tables.Published.Log}"));
    }

    [Fact]
    public async Task A_slot_stays_open_for_its_width_and_until_it_is_used()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await storage.ExpireAsync(AtOnce, default);
        Assert.Equal(0, await OpenSlotAsync(schema));

        await TestSchema.PublishAsync(storage, Sample.Message());
        await storage.ExpireAsync(new(TimeSpan.FromHours(1), TimeSpan.FromDays(7), TimeSpan.FromHours(1)), default);
        Assert.Equal(0, await OpenSlotAsync(schema));
        await schema.ExecuteAsync($"""UPDATE {schema.Tables.LogSlot} SET "OpenedAt" = now() - interval '59 minutes' WHERE "OpenedAt" IS NOT NULL""");
        await storage.ExpireAsync(new(TimeSpan.FromHours(6), TimeSpan.FromDays(7), TimeSpan.FromMinutes(1)), default);
        Assert.Equal(0, await OpenSlotAsync(schema));
        await schema.ExecuteAsync($"""UPDATE {schema.Tables.LogSlot} SET "OpenedAt" = now() - interval '61 minutes' WHERE "OpenedAt" IS NOT NULL""");
        await storage.ExpireAsync(new(TimeSpan.FromHours(6), TimeSpan.FromDays(7), TimeSpan.FromMinutes(1)), default);
        Assert.Equal(1, await OpenSlotAsync(schema));
    }

    [Fact]
    public async Task A_full_ring_loses_nothing()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var messages = new List<NewMessage>();
        for (var turn = 0; turn < 2 * Tables.LogSlots; turn++)
        {
            messages.Add(Sample.Message($"turn {turn}"));
            await TestSchema.PublishAsync(storage, messages[^1]);

            // Each purge would open a new slot, and none may be emptied yet.
            await schema.ExecuteAsync($"""UPDATE {schema.Tables.LogSlot} SET "OpenedAt" = now() - interval '1 day' WHERE "OpenedAt" IS NOT NULL""");
            await storage.ExpireAsync(new(TimeSpan.FromHours(1), TimeSpan.FromDays(7), TimeSpan.FromMinutes(1)), default);
        }
        Assert.Equal(Tables.LogSlots - 1, await OpenSlotAsync(schema));
        Assert.Equal(messages.Select(m => m.MessageId), (await TestSchema.FetchAsync(storage)).Select(m => m.MessageId));
    }

    [Fact]
    public async Task An_open_transaction_puts_the_purge_off_and_keeps_nobody_waiting()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var (old, open) = (Sample.Message("old"), Sample.Message("open"));
        await TestSchema.PublishAsync(storage, old);
        await SettleAsync(storage, old);

        await using (var transaction = await storage.BeginAsync(null, System.Data.IsolationLevel.Unspecified, default))
        {
            await storage.PublishAsync(new(Sample.Outbox, [open], transaction), default);
            var result = await storage.ExpireAsync(AtOnce, default);
            Assert.Equal(0, result.Succeeded);
            Assert.False(result.HasMore);
            Assert.NotNull(await TestSchema.FindAsync(storage, old));

            var meanwhile = Sample.Message("meanwhile");
            await TestSchema.PublishAsync(storage, meanwhile);
            Assert.Equal(["meanwhile"], (await TestSchema.FetchAsync(storage)).Select(m => m.Name));
            await SettleAsync(storage, meanwhile);
            await transaction.CommitAsync(default);
        }

        // The ring has turned since: the late message is in the slot that is emptied now.
        Assert.Equal(2, (await storage.ExpireAsync(AtOnce, default)).Succeeded);
        Assert.Null(await TestSchema.FindAsync(storage, old));
        Assert.Equal(["open"], (await TestSchema.FetchAsync(storage)).Select(m => m.Name));
    }

    [Fact]
    public async Task A_message_stored_by_an_old_look_at_the_ring_is_found_and_goes_with_its_slot()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await TestSchema.PublishAsync(storage, Sample.Message("first"));
        var late = Sample.Message("late");
        await using (var transaction = await storage.BeginAsync(null, System.Data.IsolationLevel.RepeatableRead, default))
        {
            // From now on this transaction sees slot 0 open.
            await using var look = transaction.DbTransaction!.Connection!.CreateCommand();
            look.CommandText = "SELECT 1";
            await look.ExecuteScalarAsync();
            await SettleAsync(storage, (await TestSchema.FetchAsync(storage))[0].Id);
            Assert.Equal(1, (await storage.ExpireAsync(AtOnce, default)).Succeeded);

            await storage.PublishAsync(new(Sample.Outbox, [late], transaction), default);
            await transaction.CommitAsync(default);
        }
        Assert.Equal(["late"], (await TestSchema.FetchAsync(storage)).Select(m => m.Name));
        for (var turn = 0; turn <= Tables.LogSlots; turn++)
        {
            await TestSchema.PublishAsync(storage, Sample.Message($"turn {turn}"));
            await storage.ExpireAsync(AtOnce, default);
        }
        Assert.Equal("late", (await TestSchema.FetchAsync(storage))[0].Name);
        await SettleAsync(storage, [.. (await TestSchema.FetchAsync(storage)).Select(m => m.Id)]);
        await storage.ExpireAsync(AtOnce, default);
        await storage.ExpireAsync(AtOnce, default);
        Assert.Null(await TestSchema.FindAsync(storage, late));
    }

    [Fact]
    public async Task Publishing_fetching_settling_and_purging_at_once_lose_nothing()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        using var done = new CancellationTokenSource();
        var purging = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await storage.ExpireAsync(AtOnce, default);
        });

        const int count = 3000;
        var publishing = Task.Run(async () =>
        {
            for (var i = 0; i < count / 10; i++)
                await TestSchema.PublishAsync(storage, Sample.Messages(10, shard: i % 16));
        });
        var seen = new HashSet<string>();
        var fetched = 0;
        while (seen.Count < count)
        {
            var rows = await TestSchema.FetchAsync(storage);
            Assert.True(rows.Count > 0 || !publishing.IsCompleted || seen.Count == count || (await storage.CountAsync(MessageType.Publish, default)).Scheduled > 0);
            fetched += rows.Count;
            seen.UnionWith(rows.Select(row => row.MessageId));
            await SettleAsync(storage, [.. rows.Select(row => row.Id)]);
        }
        await publishing;
        await done.CancelAsync();
        await purging;
        Assert.Equal(count, fetched);
        await storage.ExpireAsync(AtOnce, default);
        await storage.ExpireAsync(AtOnce, default);
        Assert.Equal(["0"], await schema.ReadAsync($"SELECT count(*) FROM {schema.Tables.Published.Log}"));
    }

    [Fact]
    public async Task Attempts_go_after_their_messages()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var message = Sample.Message();
        await TestSchema.PublishAsync(storage, message);
        var id = (await TestSchema.FindAsync(storage, message))!.Id;
        await storage.SettleAsync(new(Sample.Outbox, [], [new(id, Sample.Attempt(), TimeSpan.Zero, TimeSpan.Zero)]), default);
        await storage.ExpireAsync(AtOnce, default);
        Assert.Single(await storage.GetAttemptsAsync(MessageType.Publish, id, default));

        await SettleAsync(storage, id);
        await storage.ExpireAsync(AtOnce, default);
        Assert.Empty(await storage.GetAttemptsAsync(MessageType.Publish, id, default));
    }

    private static async Task SettleAsync(PostgreSqlStorage storage, NewMessage message) =>
        await SettleAsync(storage, (await TestSchema.FindAsync(storage, message))!.Id);

    private static Task SettleAsync(PostgreSqlStorage storage, params long[] ids) => storage.SettleAsync(new(Sample.Outbox, ids, []), default);

    private static async Task<int> OpenSlotAsync(TestSchema schema) => int.Parse((await schema.ReadAsync(
        $"""SELECT "Slot" FROM {schema.Tables.LogSlot} WHERE "Type" = 0 AND "OpenedAt" IS NOT NULL AND "ClosedAt" IS NULL""")).Single(), null);
}
