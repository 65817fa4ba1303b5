using Cap.Conformance;

namespace Cap.PostgreSql.Tests;

public class LaneCursorsTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private readonly FakeTimeProvider _time = new();
    private readonly LaneCursors _cursors;

    public LaneCursorsTests() => _cursors = new(_time);

    [Fact]
    public void It_moves_behind_the_mark_when_its_writers_have_ended()
    {
        Move(10, ["a", "b"]);
        Move(20, ["c"], before: ["b"]);
        Assert.Equal(0, _cursors.FromOf(3));
        Move(30, ["d"], before: ["c"]);
        Assert.Equal(11, _cursors.FromOf(3));
    }

    /// <summary>PREPARE TRANSACTION gives a writer another name, under which it may commit much later.</summary>
    [Fact]
    public void It_stays_while_a_prepared_transaction_may_be_one_of_the_writers()
    {
        Move(10, ["3/12"]);
        Move(20, [], before: ["-1/567"]);
        Assert.Equal(0, _cursors.FromOf(3));
        Move(30, []);
        Assert.Equal(11, _cursors.FromOf(3));
    }

    [Fact]
    public void It_stays_before_the_first_row_that_is_there()
    {
        Move(10, []);
        Move(20, [], first: 7);
        Assert.Equal(7, _cursors.FromOf(3));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-5, 0)]
    public void It_begins_anew_after_a_restart_and_when_ids_go_back(int ids, int seconds)
    {
        Move(10, []);
        Move(20, []);
        Assert.Equal(11, _cursors.FromOf(3));
        _cursors.Move([], Nothing, new(20 + ids, [], Start.AddSeconds(seconds)));
        Assert.Equal(0, _cursors.FromOf(3));
    }

    [Fact]
    public void A_sweep_comes_every_minute_and_brings_back_what_was_passed_over()
    {
        Move(10, []);
        Move(20, []);
        Assert.False(_cursors.BeginsSweep());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_cursors.BeginsSweep());
        // It failed: the next fetch sweeps.
        Assert.True(_cursors.BeginsSweep());
        _cursors.EndSweep();
        _cursors.Saw(3, 5);
        Assert.Equal(5, _cursors.FromOf(3));
        Assert.False(_cursors.BeginsSweep());
    }

    [Fact]
    public void A_sweep_that_takes_long_is_repeated_less_often()
    {
        Move(10, []);
        Move(20, []);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_cursors.BeginsSweep());
        _time.Advance(TimeSpan.FromSeconds(30));
        _cursors.EndSweep();
        _time.Advance(TimeSpan.FromMinutes(9.9));
        Assert.False(_cursors.BeginsSweep());
        _time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.True(_cursors.BeginsSweep());
    }

    private static Dictionary<short, long?> Nothing => new() { [3] = null };

    private void Move(long newest, string[] writers, string[]? before = null, long? first = null) =>
        _cursors.Move([.. before ?? []], new() { [3] = first }, new(newest, [.. writers], Start));
}
