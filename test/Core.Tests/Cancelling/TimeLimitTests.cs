using Cap.Cancelling;
using Cap.Conformance;

namespace Cap.Core.Tests.Cancelling;

public sealed class TimeLimitTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Exception?> _told = [];

    public void Dispose() => _stop.Dispose();

    [Fact]
    public void Just_before_its_time_nothing_is_over()
    {
        using var limit = New();
        _time.Advance(Limit - TimeSpan.FromTicks(1));
        Assert.False(limit.IsOver);
        Assert.False(limit.Token.IsCancellationRequested);
        Assert.Empty(_told);
    }

    [Fact]
    public void At_its_time_the_token_is_cancelled_and_it_is_told_once()
    {
        using var limit = New();
        _time.Advance(Limit * 10);
        Assert.True(limit.IsOver);
        Assert.True(limit.Token.IsCancellationRequested);
        Assert.Equal([null], _told);
    }

    [Fact]
    public void A_time_that_is_over_first_stays_the_cause_when_the_node_stops()
    {
        using var limit = New();
        _time.Advance(Limit);
        _stop.Cancel();
        Assert.True(limit.IsOver);
    }

    [Fact]
    public void A_stop_that_comes_first_stays_the_cause_when_the_time_is_over()
    {
        using var limit = New();
        _stop.Cancel();
        Assert.True(limit.Token.IsCancellationRequested);
        _time.Advance(Limit);
        Assert.False(limit.IsOver);
        Assert.Empty(_told);
    }

    [Fact]
    public void A_node_that_has_stopped_already_gives_a_cancelled_token()
    {
        _stop.Cancel();
        using var limit = New();
        Assert.True(limit.Token.IsCancellationRequested);
        Assert.False(limit.IsOver);
    }

    [Fact]
    public void After_the_end_of_the_run_nothing_is_told_and_no_timer_is_left()
    {
        var limit = New();
        limit.Dispose();
        _time.Advance(Limit);
        _stop.Cancel();
        Assert.False(limit.IsOver);
        Assert.False(limit.Token.IsCancellationRequested);
        Assert.Empty(_told);
        Assert.Equal(0, _time.WaitingTimers);
    }

    [Fact]
    public async Task What_throws_when_it_hears_of_it_is_told_and_harms_nobody()
    {
        using var limit = New();
        limit.Token.Register(() => throw new InvalidOperationException("from a callback"));
        _time.Advance(Limit);
        await Eventually.BecomesTrueAsync(() => _told.Count == 2);
        Assert.Contains("from a callback", _told[1]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_blocks_where_it_hears_of_the_stop_keeps_no_other_from_hearing_it()
    {
        using var heeds = New();
        using var blocks = New();
        using var gate = new ManualResetEventSlim();
        blocks.Token.Register(gate.Wait);
        var stopping = _stop.CancelAsync();
        try
        {
            await Eventually.BecomesTrueAsync(() => heeds.Token.IsCancellationRequested, TimeSpan.FromSeconds(5));
            await stopping.WaitAsync(Eventually.Patience);
        }
        finally
        {
            gate.Set();
        }
    }

    [Fact]
    public void What_throws_when_it_hears_of_the_stop_harms_nobody()
    {
        using var limit = New();
        limit.Token.Register(() => throw new InvalidOperationException("from a callback"));
        _stop.Cancel();
        Assert.True(limit.Token.IsCancellationRequested);
        Assert.Empty(_told);
    }

    private TimeLimit New() => new(Limit, _time, _told.Add, _stop.Token);
}
