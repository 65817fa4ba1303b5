namespace Cap.Crash.History;

/// <summary>One run of a handler, put together from the journal of its process.</summary>
internal sealed record HandlerRun(string Process, string Group, long Note, string? Key, long Place, long Began)
{
    /// <summary>When it ended; meaningless when it did not.</summary>
    public long Ended { get; private set; }

    /// <summary>It returned or threw, and its process lived to note it.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>It returned.</summary>
    public bool EndedWell { get; private set; }

    public static IReadOnlyList<HandlerRun> Of(IEnumerable<JournalEvent> events)
    {
        var runs = new List<HandlerRun>();
        var open = new Dictionary<(string Process, string Group, long Note), Queue<HandlerRun>>();
        foreach (var e in events.OrderBy(e => e.At))
        {
            if (e.Kind is not (EventKind.Begin or EventKind.End or EventKind.Threw))
                continue;
            var which = (e.Process, e.Group, e.Note);
            if (!open.TryGetValue(which, out var queue))
                open[which] = queue = new();
            if (e.Kind == EventKind.Begin)
            {
                var run = new HandlerRun(e.Process, e.Group, e.Note, e.Key, e.Place, e.At);
                runs.Add(run);
                queue.Enqueue(run);
            }
            else if (queue.TryDequeue(out var run))
            {
                (run.Ended, run.HasEnded, run.EndedWell) = (e.At, true, e.Kind == EventKind.End);
            }
        }
        return runs;
    }
}
