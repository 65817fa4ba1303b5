using Cap.Conformance;
using Cap.Leasing;
using Cap.Waking;
using Cap.Working;

namespace Cap.Core.Tests.Working;

public class PollingPaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly WakeUps _wakeUps = new(new Leases(new CapOptions(), TimeProvider.System)) { AreHeard = true };

    [Fact]
    public void It_is_slower_after_a_quiet_while_and_as_before_when_there_is_work()
    {
        var pace = new PollingPace(Interval, _wakeUps, _time);
        Assert.Equal(Interval, pace.Longest);
        _time.Advance(PollingPace.QuietTime);
        Assert.Equal(Interval * 5, pace.Longest);
        pace.NoteWork();
        Assert.Equal(Interval, pace.Longest);
    }

    [Fact]
    public void Who_does_not_hear_of_work_keeps_looking()
    {
        var pace = new PollingPace(Interval, _wakeUps, _time);
        _time.Advance(PollingPace.QuietTime);
        _wakeUps.AreHeard = false;
        Assert.Equal(Interval, pace.Longest);
    }
}
