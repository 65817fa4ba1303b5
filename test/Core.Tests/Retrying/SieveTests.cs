using Cap.Conformance;
using Cap.Retrying;

namespace Cap.Core.Tests.Retrying;

public class SieveTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _stored = [];
    private readonly HashSet<string> _bad = [];
    private readonly List<string> _said = [];
    private readonly HashSet<string> _void = [];
    private readonly Sieve<string> _sieve;
    private (int Count, string? First) _aside;
    private Exception? _trouble;
    private int _calls;

    public SieveTests() =>
        _sieve = new(StoreAsync, _time)
        {
            // "k1 …" and "k2 …" are keys; anything else has none.
            KeyOf = item => item[0] == 'k' ? item[1] : null,
            IsVoid = _void.Contains,
            OnSetAside = (count, first) => _aside = (count, first),
            OnFailed = (_, count) => _said.Add($"failed {count}"),
            OnRecovered = count => _said.Add($"recovered {count}"),
            OnRefused = (item, _) => _said.Add($"refused {item}"),
        };

    [Fact]
    public async Task A_batch_that_works_is_stored_at_once_and_whole()
    {
        await StoreAsync("a", "b", "c");
        Assert.Equal(["a", "b", "c"], _stored);
        Assert.Equal((1, 0), (_calls, _said.Count));
    }

    [Fact]
    public async Task An_outage_is_waited_for_and_keeps_the_batch_in_order()
    {
        _trouble = new TimeoutException();
        var storing = _sieve.StoreAsync(["a", "b", "c"], default);
        _time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 50; i++)
            await StepAsync();
        Assert.Empty(_stored);
        _trouble = null;
        await RunAsync(storing);
        Assert.Equal(["a", "b", "c"], _stored);
        Assert.Equal(["failed 3", "recovered 3"], _said);
    }

    [Fact]
    public async Task A_stop_ends_it_as_a_stop_also_while_it_fails()
    {
        using var stop = new CancellationTokenSource();
        var sieve = new Sieve<string>(
            async (_, _) =>
            {
                await stop.CancelAsync();
                throw new TimeoutException();
            },
            _time)
        {
            OnSetAside = (_, _) => { },
            OnFailed = (_, _) => { },
            OnRecovered = _ => { },
            OnRefused = (_, _) => { },
        };
        await Assert.ThrowsAsync<OperationCanceledException>(() => sieve.StoreAsync(["a"], stop.Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(250)]
    [InlineData(499)]
    public async Task One_bad_row_is_found_in_few_statements_and_the_others_go_on(int bad)
    {
        var items = Enumerable.Range(0, 500).Select(i => $"{i}").ToArray();
        _bad.Add($"{bad}");
        await StoreAsync(items);
        Assert.Equal(items.Where(i => i != $"{bad}"), _stored);
        Assert.Equal([$"{bad}"], _sieve.SetAside);
        Assert.InRange(_calls, 10, 3 + 20);
    }

    [Fact]
    public async Task Many_bad_rows_in_front_do_not_stop_the_good_one_behind()
    {
        _bad.UnionWith(["a", "b", "c", "d", "e", "f"]);
        await StoreAsync("a", "b", "c", "d", "e", "f", "good");
        Assert.Equal(["good"], _stored);
        Assert.Equal(6, _sieve.SetAside.Count());
    }

    [Fact]
    public async Task What_is_behind_a_bad_row_in_its_key_waits_in_order()
    {
        _bad.Add("k1 first");
        await StoreAsync("k2 a", "k1 first", "k1 second", "x", "k2 b", "k1 third");
        Assert.Equal(["k2 a", "x", "k2 b"], _stored);
        await StoreAsync("k1 fourth", "k2 c");
        Assert.Equal(["k2 a", "x", "k2 b", "k2 c"], _stored);

        _bad.Clear();
        _stored.Clear();
        while (_sieve.SetAside.Any())
            await RetryAsync();
        Assert.Equal(["k1 first", "k1 second", "k1 third", "k1 fourth"], _stored);
    }

    /// <summary>After a failover, say, that lasted long enough to look like a refusal: a busy key must not trickle.</summary>
    [Fact]
    public async Task What_waits_behind_the_first_of_its_key_is_stored_with_it_in_one_round()
    {
        string[] items = [.. Enumerable.Range(0, 400).Select(i => $"k1 {i:000}")];
        _bad.Add(items[0]);
        await StoreAsync(items);
        _bad.Clear();
        var before = _calls;
        await RetryAsync();
        Assert.Equal(items, _stored);
        Assert.Equal((2, 0), (_calls - before, _aside.Count));
    }

    [Fact]
    public async Task A_bad_row_far_behind_the_first_of_its_key_is_found_in_few_statements()
    {
        string[] items = [.. Enumerable.Range(0, 400).Select(i => $"k1 {i:000}")];
        _bad.UnionWith([items[0], items[390]]);
        await StoreAsync(items);
        _bad.Remove(items[0]);
        var before = _calls;
        await RetryAsync();
        Assert.Equal(items[..390], _stored);
        Assert.Equal(items[390..], _sieve.SetAside);
        Assert.InRange(_calls - before, 10, 25);
    }

    [Fact]
    public async Task A_second_bad_row_of_a_key_stays_with_what_is_behind_it()
    {
        _bad.UnionWith(["k1 a", "k1 c"]);
        await StoreAsync("k1 a", "k1 b", "k1 c", "k1 d");
        _bad.Remove("k1 a");
        for (var i = 0; i < 3; i++)
            await RetryAsync();
        Assert.Equal(["k1 a", "k1 b"], _stored);
        Assert.Equal(["k1 c", "k1 d"], _sieve.SetAside);
        _bad.Clear();
        await RetryAsync();
        Assert.Equal(["k1 a", "k1 b", "k1 c", "k1 d"], _stored);
    }

    /// <summary>Whatever failed is delivered again, perhaps to another node: here nothing is wrong any more.</summary>
    [Fact]
    public async Task A_failure_is_over_when_nothing_is_left_to_store()
    {
        _trouble = new TimeoutException();
        var storing = _sieve.StoreAsync(["a", "b"], default);
        await Eventually.BecomesTrueAsync(() => _said.Count == 1);
        _void.UnionWith(["a", "b"]);
        await RunAsync(storing);
        Assert.Equal(["failed 2", "recovered 0"], _said);

        _trouble = null;
        _bad.Add("c");
        await StoreAsync("c");
        _void.Add("c");
        _sieve.DropVoid();
        Assert.Equal(["failed 2", "recovered 0", "failed 1", "recovered 0"], _said);
    }

    [Fact]
    public async Task A_refused_row_is_named_once_and_only_when_others_are_taken()
    {
        _bad.Add("bad");
        await StoreAsync("bad");
        await RetryAsync();
        Assert.Equal(["failed 1"], _said);
        await StoreAsync("good");
        await RetryAsync();
        await RetryAsync();
        Assert.Equal(["failed 1", "recovered 1", "refused bad"], _said);
    }

    /// <summary>As in a failover, when the database refuses all writes by an error that does not call itself transient.</summary>
    [Fact]
    public async Task An_outage_that_looked_like_a_refusal_is_over_when_what_was_set_aside_is_stored()
    {
        _bad.UnionWith(["a", "b"]);
        await StoreAsync("a", "b");
        await StoreAsync("a", "b");
        Assert.Equal(["failed 2"], _said);
        _bad.Clear();
        await RetryAsync();
        Assert.Equal(["failed 2", "recovered 1"], _said);
    }

    [Fact]
    public async Task It_is_told_what_is_set_aside_until_nothing_is()
    {
        _bad.UnionWith(["a", "b"]);
        await StoreAsync("a", "x", "b");
        Assert.Equal((2, "a"), _aside);
        _bad.Remove("a");
        await RetryAsync();
        Assert.Equal((1, "b"), _aside);
        _bad.Clear();
        await RetryAsync();
        Assert.Equal((0, null), _aside);
    }

    [Fact]
    public async Task What_comes_again_is_dropped_wherever_it_waits()
    {
        _bad.UnionWith(["k1 a", "b"]);
        await StoreAsync("k1 a", "k1 b", "b");
        _void.UnionWith(["k1 a", "k1 b"]);
        await RetryAsync();
        Assert.Equal(["b"], _sieve.SetAside);
        // In a batch that waits for an outage to end, too.
        _trouble = new TimeoutException();
        var storing = _sieve.StoreAsync(["c", "d"], default);
        _void.UnionWith(["b", "c"]);
        _sieve.DropVoid();
        _trouble = null;
        await RunAsync(storing);
        Assert.Equal(["d"], _stored);
        Assert.Equal((0, null), _aside);
    }

    [Fact]
    public async Task In_the_end_everything_is_tried_once_more_and_let_go()
    {
        _bad.UnionWith(["a", "b", "c", "d", "k1 a"]);
        await StoreAsync("a", "b", "c", "d", "k1 a", "k1 b");
        _bad.Remove("d");
        var before = _calls;
        Assert.Equal(["a", "b", "c", "k1 a", "k1 b"], await _sieve.EndAsync(default));
        Assert.Equal(5, _calls - before);
        Assert.Equal(["d"], _stored);
        Assert.Equal((0, null), _aside);
        Assert.False(_sieve.IsDue);
    }

    [Fact]
    public async Task While_nothing_is_taken_a_round_asks_a_few_only_but_each_in_its_turn()
    {
        _bad.UnionWith(["a", "b", "c", "d", "e"]);
        await StoreAsync("a", "b", "c", "d", "e");
        var before = _calls;
        await RetryAsync();
        Assert.Equal(3, _calls - before);
        _bad.Remove("e");
        await RetryAsync();
        Assert.Contains("e", _stored);
    }

    [Fact]
    public async Task What_is_set_aside_is_due_after_growing_pauses()
    {
        _bad.Add("bad");
        await StoreAsync("bad");
        await RunAsync(_sieve.WaitAsync(Task.Delay(Timeout.Infinite)));
        Assert.True(_sieve.IsDue);
        var before = _calls;
        for (var i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await StepAsync();
            if (_sieve.IsDue)
                await _sieve.RetryAsync(default);
        }
        Assert.InRange(_calls - before, 10, 25);
    }

    private Task StoreAsync(params string[] items) => RunAsync(_sieve.StoreAsync(items, default));

    private Task RetryAsync() => RunAsync(_sieve.RetryAsync(default));

    private Task StoreAsync(IReadOnlyList<string> items, CancellationToken stop)
    {
        _calls++;
        if (_trouble is not null)
            throw _trouble;
        if (items.Any(_bad.Contains))
            throw new InvalidOperationException("refused");
        _stored.AddRange(items);
        return Task.CompletedTask;
    }

    private async Task RunAsync(Task task)
    {
        while (!task.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await StepAsync();
        }
        await task;
    }

    /// <summary>Gives what the clock has woken a chance to run.</summary>
    private static Task StepAsync() => Task.Delay(1);
}
