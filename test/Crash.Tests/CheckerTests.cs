using System.Diagnostics;
using Cap.Crash.History;

namespace Cap.Crash;

/// <summary>The checker, judged by histories that are forged: a good one it must pass, and bad ones it must not.</summary>
public class CheckerTests
{
    private readonly List<WrittenNote> _written = [];
    private readonly List<Effect> _effects = [];
    private readonly List<JournalEvent> _events = [];
    private long _now;

    [Fact]
    public void A_history_in_which_all_went_well_is_good()
    {
        for (var note = 1; note <= 5; note++)
        {
            Commit(note, "k", note);
            Handle("plain", note, "k", note);
            Handle("exact", note, "k", note);
        }
        Commit(6);
        Handle("plain", 6);
        Handle("exact", 6);
        RollBack(7);
        var verdict = Check();
        Assert.Empty(verdict.Faults);
        Assert.Equal((6, 0), (verdict.Committed, verdict.Again));
    }

    [Fact]
    public void A_plain_handler_that_ran_again_is_told_and_is_no_fault()
    {
        CommitAndHandle(1, "k", 1);
        Handle("plain", 1, "k", 1);
        CommitAndHandle(2, "k", 2);
        var verdict = Check();
        Assert.Empty(verdict.Faults);
        Assert.Equal(1, verdict.Again);
    }

    [Fact]
    public void A_note_a_group_never_handled_is_lost()
    {
        Commit(1);
        Handle("exact", 1);
        Assert.Equal("note 1 was never handled in group plain", Assert.Single(Check().Lost));
    }

    [Fact]
    public void A_note_whose_handler_only_threw_or_was_killed_is_lost()
    {
        Commit(1);
        Handle("exact", 1);
        Add(EventKind.Begin, "plain", 1);
        Add(EventKind.Threw, "plain", 1);
        Add(EventKind.Begin, "plain", 1);
        Assert.Single(Check().Lost);
    }

    [Fact]
    public void An_exact_handler_that_ended_well_and_left_no_effect_is_a_loss()
    {
        CommitAndHandle(1);
        _effects.Clear();
        Assert.Equal("note 1 has no effect in group exact", Assert.Single(Check().Lost));
    }

    [Fact]
    public void A_commit_the_database_confirmed_and_does_not_have_is_a_loss()
    {
        Commit(1);
        _written.Clear();
        Assert.Contains("was confirmed to writer", Assert.Single(Check().Lost), StringComparison.Ordinal);
    }

    [Fact]
    public void A_commit_of_unknown_outcome_that_is_not_there_is_no_fault()
    {
        Add(EventKind.Intent, "", 1, process: "writer");
        Assert.Empty(Check().Faults);
    }

    [Fact]
    public void A_note_that_was_handled_and_rolled_back_is_a_ghost()
    {
        RollBack(1);
        Add(EventKind.Begin, "plain", 1);
        Assert.Contains("never committed", Assert.Single(Check().Ghosts), StringComparison.Ordinal);
    }

    [Fact]
    public void An_effect_of_a_note_nobody_committed_is_a_ghost()
    {
        _effects.Add(new(1, "exact", 9, null, 0));
        Assert.Single(Check().Ghosts);
    }

    [Fact]
    public void A_note_that_was_rolled_back_and_is_there_is_a_ghost()
    {
        CommitAndHandle(1);
        Add(EventKind.RolledBack, "", 1, process: "writer");
        Assert.Single(Check().Ghosts);
    }

    [Fact]
    public void A_note_that_was_handled_before_its_commit_is_a_ghost()
    {
        Handle("plain", 1);
        Handle("exact", 1);
        Commit(1);
        Assert.NotEmpty(Check().Ghosts);
    }

    [Fact]
    public void An_effect_that_is_there_twice_is_told_for_each_one_too_many()
    {
        CommitAndHandle(1);
        Handle("exact", 1);
        Handle("exact", 1);
        Assert.Equal(2, Check().Twice.Count);
    }

    [Fact]
    public void Effects_in_the_wrong_order_of_their_key_are_out_of_order()
    {
        Commit(1, "k", 1);
        Commit(2, "k", 2);
        Handle("plain", 1, "k", 1);
        Handle("plain", 2, "k", 2);
        _effects.Add(new(1, "exact", 2, "k", 2));
        _effects.Add(new(2, "exact", 1, "k", 1));
        Assert.Single(Check().OutOfOrder);
    }

    [Fact]
    public void Effects_of_different_keys_have_no_order()
    {
        Commit(1, "a", 1);
        Commit(2, "b", 1);
        foreach (var (note, key) in new[] { (2, "b"), (1, "a") })
        {
            Handle("plain", note, key, 1);
            Handle("exact", note, key, 1);
        }
        Assert.Empty(Check().Faults);
    }

    [Fact]
    public void A_note_that_begins_before_the_one_before_it_has_ended_well_is_out_of_order()
    {
        Commit(1, "k", 1);
        Commit(2, "k", 2);
        Add(EventKind.Begin, "plain", 1, "k", 1);
        Add(EventKind.Threw, "plain", 1, "k", 1);
        Handle("plain", 2, "k", 2);
        Handle("plain", 1, "k", 1);
        Handle("exact", 1, "k", 1);
        Handle("exact", 2, "k", 2);
        Assert.Contains("(2) began in group plain before 1 had ended", Assert.Single(Check().OutOfOrder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gap_in_the_places_of_a_key_means_that_the_history_itself_is_broken()
    {
        CommitAndHandle(1, "k", 1);
        CommitAndHandle(3, "k", 3);
        Assert.Contains(Check().OutOfOrder, fault => fault.Contains("the history is broken", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_healthy_processes_on_one_note_at_once_are_a_fault()
    {
        Heartbeat("a");
        Heartbeat("b");
        WorkAtOnce();
        Assert.Contains("by a and b at once", Assert.Single(Check().AtOnce), StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_whose_lease_was_over_may_still_be_at_it()
    {
        Heartbeat("a");
        _now += Stopwatch.Frequency * 3;
        Heartbeat("b");
        WorkAtOnce();
        Assert.Empty(Check().Faults);
    }

    [Theory]
    [InlineData(1, true, true)]
    [InlineData(3, true, true)]
    [InlineData(3, false, false)]
    public void A_process_that_lost_its_lease_while_it_worked_may_still_be_at_it_with_a_new_one(int pause, bool wasAlive, bool isFault)
    {
        Heartbeat("a");
        Commit(1);
        Handle("exact", 1);
        Add(EventKind.Begin, "plain", 1, process: "a");
        _now += Stopwatch.Frequency * pause;
        Heartbeat("a", wasAlive);
        Heartbeat("b");
        Add(EventKind.Begin, "plain", 1, process: "b");
        Add(EventKind.End, "plain", 1, process: "a");
        Add(EventKind.End, "plain", 1, process: "b");
        Assert.Equal(isFault ? 1 : 0, Check().AtOnce.Count);
    }

    /// <summary>Its own run began with a right that was new, while another was at it with one that was old and unbroken.</summary>
    [Fact]
    public void A_process_that_lost_its_lease_before_it_began_is_at_fault()
    {
        Heartbeat("a");
        Heartbeat("b");
        Commit(1);
        Handle("exact", 1);
        _now += Stopwatch.Frequency;
        Heartbeat("b");
        Add(EventKind.Begin, "plain", 1, process: "b");
        _now += Stopwatch.Frequency * 3 / 2;
        Heartbeat("a");
        Add(EventKind.Begin, "plain", 1, process: "a");
        Add(EventKind.End, "plain", 1, process: "a");
        Add(EventKind.End, "plain", 1, process: "b");
        Assert.Single(Check().AtOnce);
    }

    [Fact]
    public void A_heartbeat_that_was_answered_after_the_lease_was_over_leaves_a_gap()
    {
        Heartbeat("a");
        Heartbeat("b");
        WorkAtOnce();
        // The next one of a was sent in time, but its answer came too late: another node may have been faster.
        _events.RemoveAll(e => e.Kind == EventKind.Heartbeat && e.Process == "a");
        _events.Add(new(EventKind.Heartbeat, _now, "a", "", 0, null, 0));
        Assert.Empty(Check().Faults);
    }

    [Fact]
    public void One_process_on_one_note_twice_at_once_is_a_fault_without_any_heartbeat()
    {
        Commit(1);
        Handle("exact", 1);
        Add(EventKind.Begin, "plain", 1, process: "a");
        Add(EventKind.Begin, "plain", 1, process: "a");
        Add(EventKind.End, "plain", 1, process: "a");
        Add(EventKind.End, "plain", 1, process: "a");
        Assert.Single(Check().AtOnce);
    }

    [Fact]
    public void A_process_that_was_killed_while_another_worked_the_same_note_counts_too()
    {
        Heartbeat("a");
        Heartbeat("b");
        Commit(1);
        Handle("exact", 1);
        Add(EventKind.Begin, "plain", 1, process: "a");
        Add(EventKind.Begin, "plain", 1, process: "b");
        Add(EventKind.Begin, "derived", 9, process: "a");
        Add(EventKind.End, "plain", 1, process: "b");
        Assert.Single(Check().AtOnce);
    }

    [Fact]
    public void A_long_run_that_overlaps_the_next_but_one_is_found()
    {
        Heartbeat("a");
        Heartbeat("c");
        Commit(1);
        Handle("exact", 1);
        Add(EventKind.Begin, "plain", 1, process: "a");
        Add(EventKind.Begin, "plain", 1, process: "b");
        Add(EventKind.End, "plain", 1, process: "b");
        Add(EventKind.Begin, "plain", 1, process: "c");
        Add(EventKind.End, "plain", 1, process: "c");
        Add(EventKind.End, "plain", 1, process: "a");
        Assert.Contains("by a and c at once", Assert.Single(Check().AtOnce), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_note_that_begins_again_after_a_later_one_of_its_key_is_out_of_order_unless_its_process_had_no_right(bool hasRight)
    {
        if (hasRight)
            Heartbeat("b");
        CommitAndHandle(1, "k", 1);
        CommitAndHandle(2, "k", 2);
        Handle("plain", 1, "k", 1, "b");
        Assert.Equal(hasRight ? 1 : 0, Check().OutOfOrder.Count);
    }

    [Theory]
    [InlineData("Begin\t12\tnode0.1\tplain\t5\t\t0", true)]
    [InlineData("Begin\t12\tnode0.1\tplain\t5\tkey3\t7", true)]
    [InlineData("Begin\t12\tnode0.1\tpla", false)]
    [InlineData("", false)]
    public void A_line_that_a_kill_has_cut_short_is_passed_over(string line, bool isWhole) =>
        Assert.Equal(isWhole ? line + "\n" : null, JournalEvent.Parse(line)?.ToLine());

    private void WorkAtOnce()
    {
        Commit(1);
        Handle("exact", 1, process: "a");
        Add(EventKind.Begin, "plain", 1, process: "a");
        Add(EventKind.Begin, "plain", 1, process: "b");
        Add(EventKind.End, "plain", 1, process: "a");
        Add(EventKind.End, "plain", 1, process: "b");
    }

    private Verdict Check() =>
        Checker.Check(
            new()
            {
                Written = _written,
                Effects = _effects,
                Events = _events,
                PlainGroups = ["plain"],
                ExactGroups = ["exact"],
                LeaseTime = TimeSpan.FromSeconds(2),
            }
        );

    private void Commit(long note, string? key = null, long place = 0)
    {
        Add(EventKind.Intent, "", note, key, place, "writer");
        _written.Add(new(note, key, place));
        Add(EventKind.Committed, "", note, key, place, "writer");
    }

    private void RollBack(long note) => Add(EventKind.RolledBack, "", note, process: "writer");

    private void Handle(string group, long note, string? key = null, long place = 0, string process = "a")
    {
        Add(EventKind.Begin, group, note, key, place, process);
        if (group == "exact")
            _effects.Add(new(_effects.Count + 1, group, note, key, place));
        Add(EventKind.End, group, note, key, place, process);
    }

    private void CommitAndHandle(long note, string? key = null, long place = 0)
    {
        Commit(note, key, place);
        Handle("plain", note, key, place);
        Handle("exact", note, key, place);
    }

    private void Heartbeat(string process, bool wasAlive = true) =>
        _events.Add(new(EventKind.Heartbeat, _now, process, "", wasAlive ? 0 : 1, null, _now));

    private void Add(EventKind kind, string group, long note, string? key = null, long place = 0, string process = "a") =>
        _events.Add(new(kind, ++_now, process, group, note, key, place));
}
