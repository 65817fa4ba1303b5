using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>
/// Remembers how much was due while somebody looked, to tell a backlog that grows from one that is being worked off. Thread-safe.
/// </summary>
internal sealed class BacklogTrend
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>What comes and goes all the time is no growth.</summary>
    private const int LeastGrowth = 100;

    private readonly Lock _gate = new();
    private readonly Queue<(DateTimeOffset At, IReadOnlyList<Backlog> Backlogs)> _seen = new();
    private DateTimeOffset _newest = DateTimeOffset.MinValue;

    /// <summary>
    /// Takes what is due now. Returns the lanes in which it has grown by a fifth and still does, each with how much was due before and when.
    /// Nothing until it was looked at for a minute.
    /// </summary>
    public IReadOnlyList<(Backlog Now, long Before, TimeSpan Since)> Note(IReadOnlyList<Backlog> backlogs, DateTimeOffset at)
    {
        lock (_gate)
        {
            while (_seen.TryPeek(out var oldest) && at - oldest.At > Longest)
                _seen.Dequeue();
            if (at - _newest >= Interval)
            {
                _seen.Enqueue((at, backlogs));
                _newest = at;
            }
            var past = _seen.Where(s => at - s.At >= Shortest).ToList();
            if (past.Count == 0)
                return [];
            return
            [
                .. backlogs
                    .Where(now => Grows(DueIn(past[0].Backlogs, now.Lane), now) && DueIn(past[^1].Backlogs, now.Lane) < now.Due)
                    .Select(now => (now, DueIn(past[0].Backlogs, now.Lane), at - past[0].At)),
            ];
        }
    }

    private static bool Grows(long before, Backlog now) => now.Due - before >= LeastGrowth && now.Due - before >= before / 5;

    private static long DueIn(IReadOnlyList<Backlog> backlogs, Lane lane) => backlogs.FirstOrDefault(b => b.Lane == lane)?.Due ?? 0;
}
