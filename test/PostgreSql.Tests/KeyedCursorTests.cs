using Cap.Conformance;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql.Tests;

/// <summary>
/// Where the fetch of rows with a key starts: behind everything that was settled, and never behind one that may still turn up.
/// </summary>
public sealed class KeyedCursorTests : IAsyncLifetime
{
    private static readonly short[] Shards = [3];

    private TestSchema _schema = null!;
    private IStorage _storage = null!;
    private Database _database = null!;
    private PostgreSqlFetching _fetching = null!;
    private NpgsqlConnection _connection = null!;
    private short _lane;

    public async Task InitializeAsync()
    {
        _schema = await TestSchema.CreateAsync();
        _storage = await _schema.StartAsync();
        _database = new(_schema.Options, _schema.Tables);
        var lanes = new Lanes(_database, _schema.Tables);
        _fetching = new(_database, lanes, _schema.Tables);
        _connection = await _schema.ConnectAsync();
        _lane = await lanes.GetAsync(Sample.Outbox, default);
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _database.DisposeAsync();
        await _schema.DisposeAsync();
    }

    [Fact]
    public async Task It_moves_behind_what_is_settled_and_new_rows_are_found()
    {
        await PublishAsync("1", "2", "3");
        await SettleAsync(await FetchAsync());
        await MoveAsync();
        Assert.Equal(0, From);
        await MoveAsync();
        Assert.True(From > 0);
        await PublishAsync("4");
        Assert.Equal(["4"], (await FetchAsync()).Select(m => m.Name));
    }

    /// <summary>Its id is smaller than those that are settled already, and a later one of its key must not overtake it.</summary>
    [Fact]
    public async Task It_waits_for_a_transaction_that_has_published_and_is_still_open()
    {
        await using var other = await _schema.ConnectAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await _storage.PublishAsync(new(Sample.Outbox, [Keyed("late")], _storage.Join(transaction)), default);
        await PublishAsync("1", "2");
        await SettleAsync(await FetchAsync());
        for (var i = 0; i < 5; i++)
            await MoveAsync();
        await transaction.CommitAsync();
        await PublishAsync("after");
        Assert.Equal(["late", "after"], (await FetchAsync()).Select(m => m.Name));

        // With that one settled too, it goes on.
        await SettleAsync(await FetchAsync());
        var before = From;
        await MoveAsync();
        await MoveAsync();
        Assert.True(From > before);
    }

    /// <summary>The other side of it: a transaction that is merely open holds nothing up, or one forgotten session would.</summary>
    [Fact]
    public async Task It_does_not_wait_for_a_transaction_that_has_not_published()
    {
        await using var other = await _schema.ConnectAsync();
        await using var transaction = await other.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await using var command = new NpgsqlCommand($"SELECT txid_current(), count(*) FROM {_schema.Tables.Published.Due}", other, transaction);
        await command.ExecuteNonQueryAsync();
        await PublishAsync("1", "2");
        await SettleAsync(await FetchAsync());
        await MoveAsync();
        await MoveAsync();
        Assert.True(From > 0);
    }

    [Fact]
    public async Task It_does_not_move_behind_a_row_that_is_being_worked()
    {
        await PublishAsync("1", "2", "3");
        var rows = await FetchAsync();
        await SettleAsync([rows[0], rows[2]]);
        await MoveAsync();
        await MoveAsync();
        Assert.Equal(rows[1].Id, From);
        Assert.Equal(["2"], (await FetchAsync()).Select(m => m.Name));
    }

    [Fact]
    public async Task It_does_not_move_behind_a_row_that_waits_for_a_failed_one()
    {
        await PublishAsync("head", "behind");
        var head = (await FetchAsync())[0];
        await _storage.SettleAsync(new(Sample.Outbox, [], [new(head.Id, Sample.Attempt(), TimeSpan.FromHours(1), TimeSpan.FromDays(1))]), default);
        Assert.Empty(await FetchAsync());
        for (var i = 0; i < 3; i++)
            await MoveAsync();
        await SettleAsync([head]);
        Assert.Equal(["behind"], (await FetchAsync()).Select(m => m.Name));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_asked_for_only_where_there_are_keys(bool areKeyed)
    {
        await TestSchema.PublishAsync(_storage, areKeyed ? Keyed("1") : Sample.Message("1") with { Shard = 3 });
        await SettleAsync(await FetchAsync());
        await _fetching.CursorsOf(Sample.Outbox).AdvanceAsync(_connection, _lane, Shards, default);
        await MoveAsync();
        // Only the first of the two has left a mark when there is nothing to move on from.
        Assert.Equal(areKeyed, From > 0);
    }

    /// <summary>A failover may lose the newest ids: they are given out again, below the cursor.</summary>
    [Fact]
    public async Task It_begins_anew_when_ids_go_back()
    {
        await PublishAsync("1", "2", "3");
        await SettleAsync(await FetchAsync());
        await MoveAsync();
        await MoveAsync();
        await _schema.ExecuteAsync($"TRUNCATE {_schema.Tables.Published.Log}; SELECT setval('{_schema.Tables.Published.Sequence}', 1)");
        await PublishAsync("again");
        await MoveAsync();
        Assert.Equal(["again"], (await FetchAsync()).Select(m => m.Name));
    }

    private long From => _fetching.CursorsOf(Sample.Outbox).BeginFetch(_lane, Shards)[0];

    private Task MoveAsync() => _fetching.CursorsOf(Sample.Outbox).MoveAsync(_connection, _lane, Shards, default);

    private Task PublishAsync(params string[] names) => TestSchema.PublishAsync(_storage, [.. names.Select(Keyed)]);

    private Task SettleAsync(IReadOnlyList<DueMessage> rows) => _storage.SettleAsync(new(Sample.Outbox, [.. rows.Select(r => r.Id)], []), default);

    private async Task<IReadOnlyList<DueMessage>> FetchAsync() =>
        (await _fetching.FetchAsync(
            new() { Lane = Sample.Outbox, Shards = [new(3, 0)], LimitPerShard = 100, MaxBytes = long.MaxValue, Except = [] },
            default)).Messages;

    private static NewMessage Keyed(string name) => Sample.Message(name) with { Key = "k", KeyHash = Messages.MessageKey.Hash("k"), Shard = 3 };
}
