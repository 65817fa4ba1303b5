using System.Diagnostics.CodeAnalysis;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

/// <summary>
/// Every promise of <see cref="IStorage"/>. A driver inherits it with a one-line factory, and switches a test off only by declaring a
/// capability it lacks. Each test has tables of its own.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit calls DisposeAsync of IAsyncLifetime")]
public abstract partial class StorageConformance : IAsyncLifetime
{
    private static readonly StorageSettings Settings = new(16, TimeSpan.FromHours(1));
    private static readonly int[] AllShards = [.. Enumerable.Range(0, 16)];

    private CancellationTokenSource? _stop;
    private StorageUnderTest? _tables;
    private IStorage? _storage;

    /// <summary>Whether the storage has ADO.NET transactions an application can join.</summary>
    protected virtual bool HasDbTransactions => true;

    /// <summary>Whether nodes can wake each other.</summary>
    protected virtual bool CanListen => true;

    private StorageUnderTest Tables => _tables!;

    private IStorage Storage => _storage!;

    private CancellationToken Stop => _stop!.Token;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        // Ends a test that hangs; well above what any needs.
        _stop = new(TimeSpan.FromMinutes(2));
        _tables = await CreateAsync();
        _storage = _tables.Open();
        await _storage.InitializeAsync(Settings, Stop);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        await Tables.DisposeAsync();
        _stop?.Dispose();
    }

    /// <summary>Makes the place for a test's tables.</summary>
    protected abstract Task<StorageUnderTest> CreateAsync();

    /// <summary>Another node on the same tables.</summary>
    private async Task<IStorage> StartNodeAsync()
    {
        var node = Tables.Open();
        await node.InitializeAsync(Settings, Stop);
        return node;
    }

    private static DueQuery Query(Lane? lane = null, params int[] shards) => new()
    {
        Lane = lane ?? Sample.Outbox,
        Shards = [.. (shards.Length > 0 ? shards : AllShards).Select(s => new ShardStart(s, 0))],
        LimitPerShard = 2000,
        MaxBytes = long.MaxValue,
        Except = [],
    };

    private static MessageType TypeOf(Lane? lane) => (lane ?? Sample.Outbox).Type;

    private static void IsCallersMistake(Exception? thrown)
    {
        Assert.True(thrown is ArgumentException or InvalidOperationException, $"Expected a caller's mistake, got {thrown}");
        Assert.False(string.IsNullOrWhiteSpace(thrown.Message));
    }

    private async Task<IReadOnlyList<DueMessage>> FetchAsync(Lane? lane = null, params int[] shards) =>
        (await Storage.FetchAsync(Query(lane, shards), Stop)).Messages;

    private async Task<long[]> FetchIdsAsync(Lane? lane = null) => [.. (await FetchAsync(lane)).Select(m => m.Id)];

    private Task<IReadOnlyList<DueMessage>> FetchUntilAsync(Func<IReadOnlyList<DueMessage>, bool> until, Lane? lane = null) =>
        Eventually.GetAsync(() => FetchAsync(lane), until);

    private Task PublishAsync(params NewMessage[] messages) => Storage.PublishAsync(new(Sample.Outbox, messages, null), Stop);

    /// <summary>Publishes, and returns the row ids.</summary>
    private async Task<long[]> StoreAsync(params NewMessage[] messages)
    {
        await PublishAsync(messages);
        var ids = new long[messages.Length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = (await FindOneAsync(MessageType.Publish, messages[i].MessageId))!.Id;
        return ids;
    }

    private async Task<long> ReceiveOneAsync(IncomingMessage message) =>
        (await Storage.ReceiveAsync([message], Stop))[0] ?? throw new InvalidOperationException("Seen before");

    private async Task<StoredMessage?> FindOneAsync(MessageType type, string messageId) =>
        (await Storage.FindAsync(new() { Type = type, MessageId = messageId }, Stop)).SingleOrDefault();

    private async Task<StoredMessage?> FindOneAsync(long id, Lane? lane = null) =>
        (await Storage.FindAsync(new() { Type = TypeOf(lane), Id = id }, Stop)).SingleOrDefault();

    private Task SucceedAsync(Lane lane, params long[] ids) => Storage.SettleAsync(new(lane, ids, []), Stop);

    private Task FailAsync(long id, TimeSpan? retryIn, int number = 1, Lane? lane = null, TimeSpan? keep = null, string error = "broken") =>
        Storage.SettleAsync(
            new(lane ?? Sample.Outbox, [], [new(id, Sample.Attempt(number, error), retryIn, keep ?? TimeSpan.FromDays(15))]),
            Stop);

    private Task<int> ActAsync(MessageActionKind kind, Lane lane, params long[] ids) =>
        Storage.ActAsync(new(lane.Type, kind, ids, "tester"), Stop);

    private Task<IReadOnlyList<Attempt>> AttemptsAsync(long id, Lane? lane = null) => Storage.GetAttemptsAsync(TypeOf(lane), id, Stop);

    /// <summary>The database's clock.</summary>
    private async Task<DateTimeOffset> NowAsync()
    {
        var now = default(DateTimeOffset);
        await Storage.UpdateLeasesAsync(
            table =>
            {
                now = table.Now;
                return new(null, [], []);
            },
            Stop);
        return now;
    }
}
