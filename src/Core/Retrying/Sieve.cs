using System.Data.Common;

namespace Cap.Retrying;

/// <summary>
/// Stores items in batches, tries until it works, and finds those the database refuses while it takes others: one row that can never be
/// stored must not stop everything that comes with it and after it. Such a row is set aside and tried again, with growing pauses, and
/// with it what is behind it in its key. Not thread-safe.
/// </summary>
/// <remarks>To be set aside is no verdict, only "later": taking an outage for a refusal costs nothing but time.</remarks>
internal sealed class Sieve<T>(Func<IReadOnlyList<T>, CancellationToken, Task> store, TimeProvider time)
    where T : class
{
    /// <summary>A batch fails so often before it is taken apart.</summary>
    private const int Patience = 3;

    /// <summary>So many of those set aside are refused again, while nothing is taken: asking on would only be noise.</summary>
    private const int Enough = 3;

    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    private readonly List<Aside> _aside = [];
    private readonly BackOff _backOff = new(time);
    private Task? _pause;
    private long _taken;
    private int _turn;
    private bool _isFailing;

    /// <summary>What keeps its order among its like; null when there is nothing to keep.</summary>
    public Func<T, long?> KeyOf { get; init; } = _ => null;

    /// <summary>It need not be stored any more, because it comes again: it is dropped. Whatever is behind it in its key comes again too.</summary>
    public Predicate<T> IsVoid { get; init; } = _ => false;

    /// <summary>A batch of this size could not be stored. Said once, until something is stored again.</summary>
    public required Action<Exception, int> OnFailed { get; init; }

    /// <summary>
    /// So many were stored, the first after <see cref="OnFailed"/>: new ones, or some that were set aside. None when nothing waits any more,
    /// because all of it comes again.
    /// </summary>
    public required Action<int> OnRecovered { get; init; }

    /// <summary>So many are set aside now, and the first of them; said when that has changed.</summary>
    public required Action<int, T?> OnSetAside { get; init; }

    /// <summary>An item is refused though others are taken. Said once for each.</summary>
    public required Action<T, Exception> OnRefused { get; init; }

    /// <summary>What is set aside, in order.</summary>
    public IEnumerable<T> SetAside => _aside.Select(a => a.Item);

    /// <summary>What is set aside should be tried again.</summary>
    public bool IsDue => _pause is { IsCompleted: true };

    /// <summary>Returns when each item is stored or set aside.</summary>
    /// <exception cref="OperationCanceledException">The stop, also when storing failed in another way while it came.</exception>
    public async Task StoreAsync(IReadOnlyList<T> items, CancellationToken stop)
    {
        var now = new List<T>(items.Count);
        foreach (var item in items)
        {
            if (IsBehind(item))
                SetItAside(item, stop);
            else
                now.Add(item);
        }
        var backOff = new BackOff(time);
        for (var failures = 0; ;)
        {
            now.RemoveAll(IsVoid);
            if (now.Count == 0)
            {
                EndIfNothingWaits();
                return;
            }
            try
            {
                await TakeAsync(now, stop).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                if (!_isFailing)
                    OnFailed(e, now.Count);
                _isFailing = true;
                if (++failures >= Patience && !IsTrouble(e))
                {
                    await TakeApartAsync(Split(now), stop).ConfigureAwait(false);
                    return;
                }
                await backOff.WaitAsync(stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits for more to do: until this task ends, or until what is set aside is due.</summary>
    public Task WaitAsync(Task more) => _pause is null ? more : Task.WhenAny(more, _pause);

    /// <summary>Tries what is set aside, item by item; of a key the first, and when that is stored the others together.</summary>
    public async Task RetryAsync(CancellationToken stop)
    {
        DropVoid();
        var keys = new HashSet<long>();
        var first = _aside.Where(a => KeyOf(a.Item) is not { } key || keys.Add(key)).ToList();
        var (before, refused) = (_taken, 0);
        for (var i = 0; i < first.Count && (refused < Enough || _taken > before); i++)
        {
            // In turn, or those in front would keep the others from ever being tried.
            var aside = first[(_turn++ & int.MaxValue) % first.Count];
            if (!_aside.Contains(aside))
                continue;
            try
            {
                await TakeAsync([aside.Item], stop).ConfigureAwait(false);
                Release(aside);
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                refused++;
                if (_taken > aside.TakenBefore && !IsTrouble(e))
                    Refuse(aside, e);
                continue;
            }
            await TakeBehindAsync(aside.Item, stop).ConfigureAwait(false);
        }
        if (_taken > before)
            _backOff.Reset();
        _pause = _aside.Count > 0 ? _backOff.WaitAsync(stop) : null;
    }

    /// <summary>Tries everything that is set aside once more and lets go of it. Returns what is still refused, and what is behind that.</summary>
    public async Task<IReadOnlyList<T>> EndAsync(CancellationToken stop)
    {
        var refused = new List<T>();
        foreach (var aside in _aside.ToList())
        {
            try
            {
                if (KeyOf(aside.Item) is { } key && refused.Exists(r => KeyOf(r) == key))
                    refused.Add(aside.Item);
                else
                    await TakeAsync([aside.Item], stop).ConfigureAwait(false);
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                refused.Add(aside.Item);
            }
            Release(aside);
        }
        _pause = null;
        return refused;
    }

    /// <summary>Drops what is set aside and need not be stored any more.</summary>
    public void DropVoid()
    {
        if (_aside.RemoveAll(a => IsVoid(a.Item)) == 0)
            return;
        SayAside();
        EndIfNothingWaits();
    }

    /// <summary>
    /// Stores the parts, in order, and of what is refused the halves, and their halves. When the database takes nothing at all, this goes at a walk, and everything is
    /// stored or set aside in the end all the same.
    /// </summary>
    private async Task TakeApartAsync(IEnumerable<List<T>> inOrder, CancellationToken stop)
    {
        var backOff = new BackOff(time, LongestStep);
        var parts = new Stack<List<T>>(inOrder.Reverse());
        while (parts.TryPop(out var part))
        {
            part.RemoveAll(IsVoid);
            foreach (var behind in part.Where(IsBehind).ToList())
            {
                part.Remove(behind);
                SetItAside(behind, stop);
            }
            if (part.Count == 0)
                continue;
            try
            {
                await TakeAsync(part, stop).ConfigureAwait(false);
                backOff.Reset();
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                if (IsTrouble(e))
                    parts.Push(part);
                else if (part.Count > 1)
                {
                    foreach (var half in Split(part).Reverse())
                        parts.Push(half);
                }
                else
                {
                    SetItAside(part[0], stop);
                }
                await backOff.WaitAsync(stop).ConfigureAwait(false);
            }
        }
        EndIfNothingWaits();
    }

    /// <summary>What is behind a stored one in its key goes on like any batch, so that a long queue is not stored row by row.</summary>
    private async Task TakeBehindAsync(T item, CancellationToken stop)
    {
        if (KeyOf(item) is not { } key || !IsBehind(item))
            return;
        List<T> behind = [.. _aside.Where(a => KeyOf(a.Item) == key).Select(a => a.Item)];
        _aside.RemoveAll(a => KeyOf(a.Item) == key);
        SayAside();
        await TakeApartAsync([behind], stop).ConfigureAwait(false);
    }

    private async Task TakeAsync(IReadOnlyList<T> items, CancellationToken stop)
    {
        try
        {
            await store(items, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (stop.IsCancellationRequested && e is not OperationCanceledException)
        {
            // Nobody tries again, so it is the stop that ends this, and no trouble of whoever waits.
            throw new OperationCanceledException("Stopped while something could not be stored.", e, stop);
        }
        _taken++;
        if (_isFailing)
            OnRecovered(items.Count);
        _isFailing = false;
    }

    /// <summary>What failed was dropped, so nobody would ever say that it is over.</summary>
    private void EndIfNothingWaits()
    {
        if (!_isFailing || _aside.Count > 0)
            return;
        _isFailing = false;
        OnRecovered(0);
    }

    private bool IsBehind(T item) => _aside.Count > 0 && KeyOf(item) is { } key && _aside.Exists(a => KeyOf(a.Item) == key);

    private void SetItAside(T item, CancellationToken stop)
    {
        _aside.Add(new(item, _taken));
        _pause ??= _backOff.WaitAsync(stop);
        SayAside();
    }

    private void Release(Aside aside)
    {
        _aside.Remove(aside);
        SayAside();
    }

    private void SayAside() => OnSetAside(_aside.Count, _aside.FirstOrDefault()?.Item);

    private void Refuse(Aside aside, Exception error)
    {
        if (!aside.IsSaid)
            OnRefused(aside.Item, error);
        aside.IsSaid = true;
    }

    private static IEnumerable<List<T>> Split(List<T> items)
    {
        var half = (items.Count + 1) / 2;
        return half < items.Count ? [items[..half], items[half..]] : [items];
    }

    /// <summary>The database says of itself that it is not in the items.</summary>
    private static bool IsTrouble(Exception error) => error is TimeoutException or DbException { IsTransient: true };

    private sealed class Aside(T item, long takenBefore)
    {
        public T Item { get; } = item;

        public long TakenBefore { get; } = takenBefore;

        public bool IsSaid { get; set; }
    }
}
