using System.Diagnostics;

namespace Cap.Crash.History;

/// <summary>When each process had a lease, as far as it could know: from the answer to a heartbeat until a lease time after it was sent.</summary>
/// <remarks>The database's own moment lies between the two, so a process that is covered here was so there too.</remarks>
internal sealed class Rights(RunHistory history)
{
    private readonly Dictionary<string, (long From, long To)[]> _rights = history
        .Events.Where(e => e.Kind == EventKind.Heartbeat)
        .GroupBy(e => e.Process)
        .ToDictionary(g => g.Key, g => g.OrderBy(e => e.At).Select(e => (e.At, e.Place + Lease(history))).ToArray());

    private readonly ILookup<string, JournalEvent> _returns = history.Events.Where(e => e is { Kind: EventKind.Heartbeat, Note: 1 }).ToLookup(e => e.Process);

    /// <summary>Whether a process had a lease at every moment.</summary>
    public bool Cover(string process, long from, long to)
    {
        var covered = from;
        foreach (var right in _rights.GetValueOrDefault(process, []))
        {
            if (right.From <= covered && right.To > covered)
                covered = right.To;
        }
        return covered > to;
    }

    /// <summary>
    /// Whether a process had a lease at the first of two moments, and by the database's own clock none at some moment since: from then on
    /// another process may work what this one still is at, and that it has a lease again changes nothing.
    /// </summary>
    public bool WereLost(string process, long from, long to) =>
        Cover(process, from, from) && _returns[process].Any(e => e.At > from && e.Place <= to);

    private static long Lease(RunHistory history) => (long)(history.LeaseTime.TotalSeconds * Stopwatch.Frequency);
}
