using Cap.Conformance;
using Cap.InMemory;
using Cap.Leasing;
using Cap.Messages;
using Cap.Storage;
using Cap.Waking;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cap.Core.Tests.Leasing;

public class LeaseKeeperTests
{
    private static readonly Lane Outbox = new(MessageType.Publish, "v1");
    private readonly FakeTimeProvider _time = new();
    private readonly InMemoryStorage _database;

    public LeaseKeeperTests() => _database = new(_time);

    [Fact]
    public async Task A_silent_nodes_shards_are_taken_as_soon_as_its_lease_ends()
    {
        var dead = Keeper("a", _database, out _);
        var alive = Keeper("b", _database, out var leases);
        await alive.RunOnceAsync(default);
        await dead.RunOnceAsync(default);
        // The survivor's last heartbeat before the end is not a whole interval before it.
        _time.Advance(TimeSpan.FromSeconds(3));
        await dead.RunOnceAsync(default);
        await using var running = new Background(alive.RunAsync);

        await PassAsync(TimeSpan.FromSeconds(14.9));
        Assert.True(leases.Of(Outbox).Count < 16);
        await PassAsync(TimeSpan.FromSeconds(0.2));
        await Eventually.BecomesTrueAsync(() => Task.FromResult(leases.Of(Outbox).Count == 16));
    }

    /// <summary>The second try must not wait for the next regular heartbeat, or two failures cost the lease.</summary>
    [Fact]
    public async Task A_heartbeat_that_failed_is_tried_again_in_good_time()
    {
        var calls = 0;
        var storage = new ObservedStorage(_database)
        {
            AroundLeases = async (update, _) =>
            {
                if (Interlocked.Increment(ref calls) is 2 or 3 or 4)
                    throw new TimeoutException("the database is away");
                await update();
            },
        };
        var keeper = Keeper("a", storage, out var leases);
        await keeper.RunOnceAsync(default);
        await using var running = new Background(keeper.RunAsync);
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromSeconds(14); passed += TimeSpan.FromSeconds(0.1))
        {
            await PassAsync(TimeSpan.FromSeconds(0.1));
            Assert.Equal(16, leases.Of(Outbox).Count);
        }
        Assert.True(calls >= 5);
    }

    /// <summary>A connection that has gone silent must not cost the lease, when another one would do.</summary>
    [Fact]
    public Task A_heartbeat_nobody_answers_is_given_up_and_tried_again() => GivesUpAndTriesAgainAsync(_ => { });

    /// <summary>It would be thrown on a timer's thread, and end the process.</summary>
    [Fact]
    public Task A_driver_that_throws_where_it_hears_that_a_heartbeat_is_given_up_ends_nothing() =>
        GivesUpAndTriesAgainAsync(stop => stop.Register(() => throw new ObjectDisposedException("from a callback")));

    private async Task GivesUpAndTriesAgainAsync(Action<CancellationToken> unanswered)
    {
        var calls = 0;
        var storage = new ObservedStorage(_database)
        {
            AroundLeases = async (update, stop) =>
            {
                if (Interlocked.Increment(ref calls) == 2)
                {
                    unanswered(stop);
                    await Task.Delay(Timeout.Infinite, stop);
                }
                await update();
            },
        };
        var keeper = Keeper("a", storage, out var leases);
        await keeper.RunOnceAsync(default);
        await using var running = new Background(keeper.RunAsync);
        await PassAsync(TimeSpan.FromSeconds(16), throughLimits: true);
        await Eventually.BecomesTrueAsync(() => Task.FromResult(leases.Of(Outbox).Count == 16 && calls > 2));
    }

    /// <summary>A handler that does not heed the stop is still at work in its shard; started again, the node must not start it beside itself.</summary>
    [Fact]
    public async Task What_a_stop_left_running_is_not_worked_by_the_next_start_before_the_lease_ends()
    {
        const int Busy = 3;
        var before = Keeper("a", _database, out _, (_, shard) => shard == Busy);
        await before.RunOnceAsync(default);
        await before.LeaveAsync(default);
        var after = Keeper("a", _database, out var leases);
        await after.RunOnceAsync(default);
        Assert.Equal(Enumerable.Range(0, 16).Where(shard => shard != Busy), leases.Of(Outbox).Order());

        _time.Advance(TimeSpan.FromSeconds(10));
        await after.RunOnceAsync(default);
        Assert.DoesNotContain(Busy, leases.Of(Outbox));
        _time.Advance(TimeSpan.FromSeconds(6));
        await after.RunOnceAsync(default);
        Assert.Contains(Busy, leases.Of(Outbox));
    }

    private LeaseKeeper Keeper(string name, IStorage storage, out Leases leases, Func<Lane, int, bool>? isBusy = null)
    {
        var options = new CapOptions { NodeName = name };
        leases = new(options, _time);
        return new(
            options,
            storage,
            leases,
            new WakeUps(leases),
            [Outbox],
            isBusy ?? ((_, _) => false),
            new(_time),
            _time,
            NullLogger<LeaseKeeper>.Instance
        );
    }

    /// <summary>
    /// Moves the clock in steps, each when the keeper has begun to wait again: then something is due at the next heartbeat at the latest,
    /// while the limit of a heartbeat that is going on is further away, unless it is the limit that a test wants to reach.
    /// </summary>
    private async Task PassAsync(TimeSpan time, bool throughLimits = false)
    {
        for (var step = TimeSpan.FromMilliseconds(100); time > TimeSpan.Zero; time -= step)
        {
            await Eventually.BecomesTrueAsync(() => _time.NextDueIn is { } next && (throughLimits || next <= new CapOptions().LeaseTime / 3));
            _time.Advance(step < time ? step : time);
        }
    }
}
