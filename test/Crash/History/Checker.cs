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
        var rights = new Rights(history);
        return new()
        {
            Committed = history.Written.Count,
            Keyed = history.Written.Count(w => w.Key is not null),
            Lost = [.. Unconfirmed(history), .. Missing(history, runs)],
            Ghosts = [.. Ghosts(history, runs)],
            Twice = [.. Twice(history)],
            OutOfOrder = [.. OutOfOrder(history, runs, rights)],
            AtOnce = [.. AtOnce(history, runs, rights)],
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

    private static IEnumerable<string> OutOfOrder(RunHistory history, IReadOnlyList<HandlerRun> runs, Rights rights)
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
            foreach (var fault in BegunTooEarly(group.Key.Group, [.. group], rights))
                yield return fault;
        }
    }

    /// <summary>
    /// No note may begin before the one before it in its key has ended well somewhere; nor may that one begin again afterwards, unless its
    /// process had lost its right and did not know yet.
    /// </summary>
    private static IEnumerable<string> BegunTooEarly(string group, List<HandlerRun> runs, Rights rights)
    {
        var places = runs.GroupBy(r => r.Place).ToDictionary(g => g.Key);
        foreach (var (place, ofPlace) in places.Where(p => p.Key > 1))
        {
            var began = ofPlace.Min(r => r.Began);
            var first = ofPlace.First();
            var before = places.GetValueOrDefault(place - 1);
            var ended = before?.Where(r => r.EndedWell).Select(r => (long?)r.Ended).Min();
            if (ended is null || began < ended)
                yield return $"note {first.Note} of key {first.Key} ({place}) began in group {group} before {place - 1} had ended";
            else if (before!.FirstOrDefault(r => r.Began > began && rights.Cover(r.Process, r.Began, r.Began)) is { } again)
                yield return $"note {again.Note} of key {first.Key} ({place - 1}) began again in group {group} after {place} had begun";
        }
    }

    private static IEnumerable<string> AtOnce(RunHistory history, IReadOnlyList<HandlerRun> runs, Rights rights)
    {
        // A killed process worked at least until the last it noted.
        var lastWord = history.Events.GroupBy(e => e.Process).ToDictionary(g => g.Key, g => g.Max(e => e.At));
        foreach (var same in runs.GroupBy(r => (r.Group, r.Note)).Where(g => g.Skip(1).Any()))
        {
            var spans = same.Select(r => (Run: r, End: r.HasEnded ? r.Ended : lastWord[r.Process])).OrderBy(s => s.Run.Began).ToList();
            var faults =
                from i in Enumerable.Range(0, spans.Count)
                from j in Enumerable.Range(i + 1, spans.Count - i - 1)
                let run = spans[i]
                let next = spans[j]
                where next.Run.Began < run.End
                let overlap = Math.Min(run.End, next.End)
                where run.Run.Process == next.Run.Process
                    || (
                        rights.Cover(run.Run.Process, next.Run.Began, overlap)
                        && rights.Cover(next.Run.Process, next.Run.Began, overlap)
                        && !rights.WereLost(run.Run.Process, run.Run.Began, next.Run.Began)
                    )
                select $"note {same.Key.Note} was worked in group {same.Key.Group} by {run.Run.Process} and {next.Run.Process} at once";
            foreach (var fault in faults)
                yield return fault;
        }
    }
}
