using Cap.Retrying;
using FsCheck;
using FsCheck.Fluent;

namespace Cap.Core.Tests.Retrying;

/// <summary>The pauses between tries, of messages and of loops, for any options.</summary>
public class RetryProperties
{
    private static readonly Gen<CapOptions> AnyRules =
        from tries in Gen.Choose(1, 100)
        from immediate in Gen.Choose(0, 110)
        from milliseconds in Gen.Choose(0, 600_000)
        select new CapOptions
        {
            FailedRetryCount = tries,
            ImmediateRetryCount = immediate,
            FailedRetryInterval = TimeSpan.FromMilliseconds(milliseconds),
        };

    [Fact]
    public void A_message_gets_exactly_as_many_tries_as_it_may_first_at_once_then_at_intervals() =>
        Property.Holds(
            AnyRules,
            rules =>
            {
                var pauses = new List<TimeSpan>();
                var tries = 1;
                for (; tries <= 1000 && RetryRule.NextTry(rules, tries, hopeless: false) is { } pause; tries++)
                    pauses.Add(pause);
                Assert.Equal(rules.FailedRetryCount, tries);
                var immediate = Math.Clamp(rules.ImmediateRetryCount - 1, 0, pauses.Count);
                Assert.All(pauses.Take(immediate), pause => Assert.Equal(TimeSpan.Zero, pause));
                Assert.All(pauses.Skip(immediate), pause => Assert.Equal(rules.FailedRetryInterval, pause));
                Assert.Null(RetryRule.NextTry(rules, 1, hopeless: true));
            }
        );

    /// <summary>Each pause is between half and full length; the full length doubles from 0.1 s up to 5 s; success makes it short again.</summary>
    [Fact]
    public void Pauses_of_a_failing_loop_grow_within_bounds_until_it_succeeds() =>
        Property.Holds(
            Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true))),
            100,
            successes =>
            {
                var time = new PauseRecorder();
                var backOff = new BackOff(time);
                var failures = 0;
                foreach (var isSuccess in successes)
                {
                    if (isSuccess)
                    {
                        backOff.Reset();
                        failures = 0;
                        continue;
                    }
                    _ = backOff.WaitAsync(default);
                    var full = TimeSpan.FromSeconds(Math.Min(5, 0.1 * Math.Pow(2, failures++)));
                    Assert.InRange(time.LastPause, full / 2, full);
                }
            }
        );

    /// <summary>Two nodes that fail together must not come back together.</summary>
    [Fact]
    public void Pauses_of_two_loops_differ()
    {
        var time = new PauseRecorder();
        var pauses = new HashSet<TimeSpan>();
        for (var loop = 0; loop < 20; loop++)
        {
            _ = new BackOff(time).WaitAsync(default);
            pauses.Add(time.LastPause);
        }
        Assert.InRange(pauses.Count, 10, 20);
    }

    /// <summary>A clock that stands still and notes what it is asked to wait for.</summary>
    private sealed class PauseRecorder : TimeProvider
    {
        public TimeSpan LastPause { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            LastPause = dueTime;
            return new Conformance.FakeTimeProvider().CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }
    }
}
