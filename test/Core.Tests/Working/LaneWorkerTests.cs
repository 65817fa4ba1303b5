using Cap.Conformance;
using Cap.InMemory;
using Cap.Leasing;
using Cap.Messages;
using Cap.Monitoring;
using Cap.Storage;
using Cap.Working;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cap.Core.Tests.Working;

public class LaneWorkerTests
{
    private static readonly Lane Lane = new(MessageType.Subscribe, "one");
    private readonly CapOptions _options = new();
    private readonly FakeTimeProvider _time = new();
    private readonly ObservedStorage _storage;
    private readonly Leases _leases;
    private readonly Troubles _troubles;
    private readonly Idle _worker;
    private int _asked;
    private bool _isAway;
    private Action _whileReading = () => { };

    public LaneWorkerTests()
    {
        _storage = new(new InMemoryStorage(_time))
        {
            BeforeFetch = () =>
            {
                Interlocked.Increment(ref _asked);
                if (Volatile.Read(ref _isAway))
                    throw new InvalidOperationException("away");
                _whileReading();
            },
        };
        (_leases, _troubles) = (new(_options, _time), new(_time));
        _worker = new Idle(new(_options, _storage, _leases, new(_leases), null!, new(_storage, _time, NullLogger<Statistics>.Instance), _troubles, _time));
    }

    /// <summary>Nobody asked while the leases had lapsed, so nobody knows.</summary>
    [Fact]
    public async Task Trouble_with_reading_is_over_only_when_something_was_read()
    {
        Volatile.Write(ref _isAway, true);
        Lease(0, 1);
        await using var running = new Background(_worker.RunAsync);
        await Eventually.BecomesTrueAsync(() => _troubles.Now.Count == 1);

        _leases.Clear();
        await PassAsync();
        var asked = _asked;
        await PassAsync();
        Assert.Equal(asked, _asked);
        Assert.Single(_troubles.Now);

        Volatile.Write(ref _isAway, false);
        await EndsWithAsync(0, 1);
        Assert.True(_asked > asked);
    }

    [Fact]
    public async Task Trouble_with_reading_is_over_when_all_shards_went_to_other_nodes()
    {
        Volatile.Write(ref _isAway, true);
        Lease(0, 1);
        await using var running = new Background(_worker.RunAsync);
        await Eventually.BecomesTrueAsync(() => _troubles.Now.Count == 1);
        await EndsWithAsync();
    }

    /// <summary>Another node may have worked what was read, and more of its key, before the shard came back.</summary>
    [Fact]
    public async Task What_was_read_before_a_lapse_is_not_started_after_it()
    {
        await _storage.ReceiveAsync([Sample.Incoming(lane: Lane, key: "a"), Sample.Incoming(lane: Lane)], default);
        Lease(0);
        _whileReading = () =>
        {
            _time.Advance(_options.LeaseTime);
            Lease(0);
        };
        await _worker.RunOnceAsync(default);
        Assert.Empty(_worker.Started);

        _whileReading = () => { };
        await _worker.RunOnceAsync(default);
        Assert.Equal(2, _worker.Started.Count);
    }

    [Fact]
    public async Task What_is_offered_after_a_lapse_is_fetched_instead()
    {
        Lease(0);
        var watch = _worker.BeginOffer();
        _time.Advance(_options.LeaseTime);
        Lease(0);
        var row = new DueMessage { Id = 1, Shard = 0, MessageId = "1", Name = "n", Content = new byte[1] };
        _worker.Offer([row], watch);
        Assert.Empty(_worker.Started);
        _worker.Offer([row], _worker.BeginOffer());
        Assert.Single(_worker.Started);
    }

    private void Lease(params int[] shards) =>
        _leases.Set(new Dictionary<Lane, IReadOnlyList<int>> { [Lane] = shards }, new HashSet<(Lane, int)>(), _time.GetTimestamp());

    /// <summary>The trouble ends while these shards are this node's, heartbeat after heartbeat.</summary>
    private Task EndsWithAsync(params int[] shards) =>
        Eventually.BecomesTrueAsync(() =>
        {
            Lease(shards);
            _time.Advance(TimeSpan.FromSeconds(1));
            return _troubles.Now.Count == 0;
        });

    /// <summary>Enough for several tries, each after the longest pause there is, within the life of a lease.</summary>
    private async Task PassAsync()
    {
        for (var passed = 0; passed < 10; passed++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }
    }

    private sealed class Idle(WorkContext context) : LaneWorker(LaneWorkerTests.Lane, 100, context, NullLogger.Instance)
    {
        public List<DueMessage> Started { get; } = [];

        protected override void Start(IReadOnlyList<DueMessage> rows) => Started.AddRange(rows);
    }
}
