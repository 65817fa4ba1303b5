using Cap.Conformance;
using Cap.Storage;
using Cap.Working;

namespace Cap.Core.Tests.Working;

public class ShardCursorsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ShardCursors _cursors;

    public ShardCursorsTests() => _cursors = new(16, TimeSpan.FromSeconds(1), _time);

    [Fact]
    public void The_cursor_trails_by_two_seconds_at_least_whatever_sweeps_there_were()
    {
        var seenAt = new Dictionary<long, TimeSpan>();
        for (var step = 0; step < 400; step++)
        {
            var now = TimeSpan.FromMilliseconds(step * 50);
            _cursors.BeginFetch([0]);
            var from = _cursors.Start(0).FromId;
            Assert.True(from == 0 || now - seenAt[from] >= TimeSpan.FromSeconds(2), $"at {now} it stands at what was seen at {(from == 0 ? now : seenAt[from])}");
            _cursors.EndFetch();
            _cursors.Saw(Fresh(step + 1));
            seenAt[step + 1] = now;
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }
        Assert.True(seenAt.Count == 400);
    }

    [Fact]
    public void Every_polling_interval_everything_is_looked_at()
    {
        Advance(10);
        _time.Advance(TimeSpan.FromSeconds(1));
        _cursors.BeginFetch([0]);
        Assert.Equal(0, _cursors.Start(0).FromId);
    }

    [Fact]
    public void A_sweep_that_failed_is_due_again_at_once()
    {
        Advance(10);
        _time.Advance(TimeSpan.FromSeconds(1));
        _cursors.BeginFetch([0]);
        // No EndFetch: there was no answer.
        _time.Advance(TimeSpan.FromSeconds(30));
        _cursors.BeginFetch([0]);
        Assert.Equal(0, _cursors.Start(0).FromId);
    }

    [Fact]
    public void A_shard_that_was_away_is_looked_at_from_its_start()
    {
        Advance(10);
        _cursors.BeginFetch([1]);
        _cursors.BeginFetch([0, 1]);
        Assert.Equal(0, _cursors.Start(0).FromId);
    }

    private void Advance(int seconds)
    {
        for (var step = 0; step < seconds * 20; step++)
        {
            _cursors.BeginFetch([0]);
            _cursors.EndFetch();
            _cursors.Saw(Fresh(step + 1));
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }
        _cursors.BeginFetch([0]);
        _cursors.EndFetch();
        // The one before may have been a sweep; this one is not.
        _cursors.BeginFetch([0]);
        Assert.True(_cursors.Start(0).FromId > 0);
    }

    private static DueMessage Fresh(long id) => new() { Id = id, Shard = 0, IsFresh = true, MessageId = $"{id}", Name = "n", Content = default };
}
