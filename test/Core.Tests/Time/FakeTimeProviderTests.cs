using Cap.Conformance;

namespace Cap.Core.Tests.Time;

public sealed class FakeTimeProviderTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_delay_ends_when_its_time_has_come()
    {
        var delay = Task.Delay(TimeSpan.FromSeconds(10), _time);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(delay.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await delay;
        Assert.Equal(0, _time.WaitingTimers);
    }

    [Fact]
    public void Timers_fire_in_order_and_see_their_own_time()
    {
        var start = _time.GetUtcNow();
        var fired = new List<double>();
        using var periodic = _time.CreateTimer(_ => Note(), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        using var once = _time.CreateTimer(_ => Note(), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal([2, 3, 4, 6], fired);
        Assert.Equal(start.AddSeconds(7), _time.GetUtcNow());

        void Note() => fired.Add((_time.GetUtcNow() - start).TotalSeconds);
    }

    [Fact]
    public void A_disposed_or_changed_timer_fires_no_more()
    {
        var fired = 0;
        var disposed = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        using var changed = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        disposed.Dispose();
        changed.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, fired);
        Assert.False(disposed.Change(TimeSpan.Zero, TimeSpan.Zero));
    }

    [Fact]
    public void Elapsed_time_is_what_was_advanced()
    {
        var begin = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(1234));
        Assert.Equal(TimeSpan.FromMilliseconds(1234), _time.GetElapsedTime(begin));
    }

    [Fact]
    public async Task Cancelling_by_time_works()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(5), _time);
        var waiting = Task.Delay(Timeout.InfiniteTimeSpan, _time, source.Token);
        _time.Advance(TimeSpan.FromSeconds(5));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
