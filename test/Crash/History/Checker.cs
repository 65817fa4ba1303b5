using System.Diagnostics;

namespace Cap.Crash.History;

/// <summary>
/// Judges a history. It knows the promises and nothing of how Cap keeps them: its sources are the application's own tables and
/// the journals of the processes, in the machine's monotonic time.
/// </summary>
internal static class Checker
{
    public static Verdict Check(RunHistory history)
    {
        var runs = HandlerRun.Of(history.Events);
        return new()
        {
            Committed = history.Written.Count,
            Lost = [.. Unconfirmed(history), .. Missing(history, runs)],
            Ghosts = [.. Ghosts(history, runs)],
            Twice = [.. Twice(history)],
            OutOfOrder = [.. OutOfOrder(history, runs)],
            AtOnce = [.. AtOnce(history, runs)],
            Again = runs.Where(r => r.EndedWell && history.PlainGroups.Contains(r.Group)).GroupBy(r => (r.Group, r.Note)).Sum(g => g.Count() - 1),
        };
    }

    /// <summary>The database had confirmed it: then it must be there.</summary>
    private static IEnumerable<string> Unconfirmed(RunHistory history)
    {
        var written = history.Written.Select(w => w.Note).ToHashSet();
        return history
            .Events.Where(e => e.Kind == EventKind.Committed && !written.Contains(e.Note))
            .Select(e => $"note {e.Note} was confirmed to {e.Process}, but is not in the database");
    }

    private static IEnumerable<string> Missing(RunHistory history, IReadOnlyList<HandlerRun> runs)
    {
        var done = runs.Where(r => r.EndedWell).Select(r => (r.Group, r.Note)).ToHashSet();
        foreach (var group in history.PlainGroups)
        {
            foreach (var note in history.Written.Where(w => !done.Contains((group, w.Note))))
                yield return $"note {note.Note} was never handled in group {group}";
        }
        var effects = history.Effects.Select(e => (e.Group, e.Note)).ToHashSet();
        foreach (var group in history.ExactGroups)
        {
            foreach (var note in history.Written.Where(w => !effects.Contains((group, w.Note))))
                yield return $"note {note.Note} has no effect in group {group}";
        }
    }

    private static IEnumerable<string> Ghosts(RunHistory history, IReadOnlyList<HandlerRun> runs)
    {
        var written = history.Written.Select(w => w.Note).ToHashSet();
        foreach (var e in history.Events.Where(e => e.Kind == EventKind.RolledBack && written.Contains(e.Note)))
            yield return $"note {e.Note} was rolled back by {e.Process}, but is in the database";
        foreach (var run in runs.Where(r => !written.Contains(r.Note)))
            yield return $"note {run.Note} was handled in group {run.Group} by {run.Process}, but never committed";
        foreach (var effect in history.Effects.Where(e => !written.Contains(e.Note)))
            yield return $"note {effect.Note} has an effect in group {effect.Group}, but was never committed";
        var intents = history.Events.Where(e => e.Kind == EventKind.Intent).GroupBy(e => e.Note).ToDictionary(g => g.Key, g => g.Min(e => e.At));
        foreach (var run in runs.Where(r => written.Contains(r.Note)))
        {
            if (!intents.TryGetValue(run.Note, out var intent))
                yield return $"note {run.Note} was handled in group {run.Group}, but nobody noted that it was going to be committed";
            else if (run.Began < intent)
                yield return $"note {run.Note} was handled in group {run.Group} before it was committed";
        }
    }

    private static IEnumerable<string> Twice(RunHistory history) =>
        from effect in history.Effects
        group effect by (effect.Group, effect.Note) into same
        from _ in same.Skip(1)
        select $"note {same.Key.Note} has its effect in group {same.Key.Group} {same.Count()} times";

    private static IEnumerable<string> OutOfOrder(RunHistory history, IReadOnlyList<HandlerRun> runs)
    {
        foreach (var key in history.Written.Where(w => w.Key is not null).GroupBy(w => w.Key!))
        {
            var places = key.Select(w => w.Place).Order().ToList();
            if (!places.SequenceEqual(Enumerable.Range(1, places.Count).Select(i => (long)i)))
                yield return $"the history is broken: the places of key {key.Key} are {string.Join(' ', places)}";
        }
        foreach (var group in history.Effects.Where(e => e.Key is not null).GroupBy(e => (e.Group, e.Key)))
        {
            var last = 0L;
            foreach (var effect in group.OrderBy(e => e.Row).DistinctBy(e => e.Note))
            {
                if (effect.Place < last)
                    yield return $"note {effect.Note} of key {effect.Key} ({effect.Place}) came after {last} in group {effect.Group}";
                last = Math.Max(last, effect.Place);
            }
        }
        foreach (var group in runs.Where(r => r.Key is not null).GroupBy(r => (r.Group, r.Key)))
        {
            foreach (var fault in BegunTooEarly(group.Key.Group, [.. group]))
                yield return fault;
        }
    }

    /// <summary>No note may begin before the one before it in its key has ended well somewhere.</summary>
    private static IEnumerable<string> BegunTooEarly(string group, List<HandlerRun> runs)
    {
        var places = runs.GroupBy(r => r.Place).ToDictionary(g => g.Key);
        foreach (var (place, ofPlace) in places.Where(p => p.Key > 1))
        {
            var began = ofPlace.Min(r => r.Began);
            var first = ofPlace.First();
            var before = places.GetValueOrDefault(place - 1)?.Where(r => r.EndedWell).Select(r => (long?)r.Ended).Min();
            if (before is null || began < before)
                yield return $"note {first.Note} of key {first.Key} ({place}) began in group {group} before {place - 1} had ended";
        }
    }

    private static IEnumerable<string> AtOnce(RunHistory history, IReadOnlyList<HandlerRun> runs)
    {
        var lease = (long)(history.LeaseTime.TotalSeconds * Stopwatch.Frequency);
        // The right begins when the answer is there, and lasts from when the question was sent: the database's moment is in between.
        var rights = history
            .Events.Where(e => e.Kind == EventKind.Heartbeat)
            .GroupBy(e => e.Process)
            .ToDictionary(g => g.Key, g => g.OrderBy(e => e.At).Select(e => (From: e.At, To: e.Place + lease)).ToArray());
        foreach (var same in runs.GroupBy(r => (r.Group, r.Note)).Where(g => g.Skip(1).Any()))
        {
            // A run without an end was ended by a kill: it lasted no longer than the next beginning.
            var ordered = same.OrderBy(r => r.Began).ToList();
            foreach (var (run, next) in ordered.Zip(ordered.Skip(1)).Where(p => p.First.HasEnded && p.Second.Began < p.First.Ended))
            {
                if (run.Process == next.Process || (IsHealthy(run, rights) && IsHealthy(next, rights)))
                    yield return $"note {same.Key.Note} was worked in group {same.Key.Group} by {run.Process} and {next.Process} at once";
            }
        }
    }

    /// <summary>Whether the process had a lease at every moment of a run.</summary>
    private static bool IsHealthy(HandlerRun run, Dictionary<string, (long From, long To)[]> rights)
    {
        var covered = run.Began;
        foreach (var (from, to) in rights.GetValueOrDefault(run.Process, []))
        {
            if (from <= covered && to > covered)
                covered = to;
        }
        return covered > (run.HasEnded ? run.Ended : run.Began);
    }
}
