using Cap.Conformance;

namespace Cap.Dashboard.Tests;

public sealed class RecentTests
{
    [Fact]
    public async Task What_was_asked_before_a_change_is_not_the_answer_after_it()
    {
        var answers = new[] { new TaskCompletionSource<string>(), new TaskCompletionSource<string>() };
        var asked = 0;
        var recent = new Recent<string>(_ => answers[Interlocked.Increment(ref asked) - 1].Task, TimeSpan.FromHours(1), new FakeTimeProvider());
        var before = recent.GetAsync();
        var beside = recent.GetAsync();
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref asked) == 1);
        recent.Forget();
        var after = recent.GetAsync();
        await Eventually.BecomesTrueAsync(() => Volatile.Read(ref asked) == 2);
        answers[1].SetResult("new");
        answers[0].SetResult("old");
        Assert.Equal(("old", "old", "new"), ((await before).Value, (await beside).Value, (await after).Value));
        Assert.Equal("new", (await recent.GetAsync()).Value);
    }

    [Fact]
    public async Task An_answer_does_for_a_while_from_when_it_came()
    {
        var time = new FakeTimeProvider();
        var first = new TaskCompletionSource<string>();
        var asked = 0;
        var recent = new Recent<string>(_ => Interlocked.Increment(ref asked) == 1 ? first.Task : Task.FromResult("second"), TimeSpan.FromSeconds(2), time);
        var slow = recent.GetAsync();
        await Eventually.BecomesTrueAsync(() => time.WaitingTimers > 0);
        time.Advance(TimeSpan.FromSeconds(2.5));
        first.SetResult("first");
        Assert.Equal("first", (await slow).Value);
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.Equal("first", (await recent.GetAsync()).Value);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("second", (await recent.GetAsync()).Value);
    }

    [Fact]
    public async Task That_there_was_no_answer_is_not_shown_for_as_long_as_an_answer()
    {
        var time = new FakeTimeProvider();
        var asked = 0;
        var recent = new Recent<string>(
            _ => Interlocked.Increment(ref asked) == 1 ? Task.FromException<string>(new IOException("away")) : Task.FromResult("back"),
            TimeSpan.FromMinutes(1),
            time);
        Assert.Equal("away", (await recent.GetAsync()).Fault);
        time.Advance(Ask.Patience - TimeSpan.FromMilliseconds(1));
        Assert.Equal("away", (await recent.GetAsync()).Fault);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("back", (await recent.GetAsync()).Value);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal("back", (await recent.GetAsync()).Value);
    }
}
