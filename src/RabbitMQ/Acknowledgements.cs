namespace Cap.RabbitMQ;

/// <summary>
/// Which deliveries of a channel are acknowledged, and how to tell the broker in few words: "all up to" where everything below
/// is acknowledged too, else one by one. The broker ends the channel for a number acknowledged twice. Not thread-safe.
/// </summary>
internal sealed class Acknowledgements
{
    /// <summary>
    /// Runs of acknowledged numbers, in order, with gaps between them; the first one is everything up to its end. So what is remembered
    /// grows with what is open, which the prefetch count bounds, and not with what went past it.
    /// </summary>
    private readonly List<Run> _runs = [new(0, 0)];

    /// <summary>How many runs it remembers.</summary>
    public int Remembered => _runs.Count;

    /// <summary>Notes these as acknowledged, and returns what to tell the broker.</summary>
    public IReadOnlyList<(ulong Tag, bool Multiple)> Add(IEnumerable<ulong> tags)
    {
        var told = new List<(ulong, bool)>();
        ulong? upTo = null;
        foreach (var tag in tags.Order())
        {
            var end = _runs[0].Last;
            if (!Add(tag))
                continue;
            // The number named must be one the broker still waits for, so the run's end may not be one acknowledged earlier.
            if (_runs[0].Last > end)
                upTo = tag;
            else
                told.Add((tag, false));
        }
        if (upTo is { } last)
            told.Insert(0, (last, true));
        return told;
    }

    /// <summary>False when it was acknowledged before.</summary>
    private bool Add(ulong tag)
    {
        // From the end: what is acknowledged is mostly what came last.
        var i = _runs.FindLastIndex(run => run.First <= tag);
        if (tag <= _runs[i].Last)
            return false;
        if (tag == _runs[i].Last + 1)
            _runs[i] = _runs[i] with { Last = tag };
        else
            _runs.Insert(++i, new(tag, tag));
        if (i + 1 < _runs.Count && _runs[i + 1].First == tag + 1)
        {
            _runs[i] = _runs[i] with { Last = _runs[i + 1].Last };
            _runs.RemoveAt(i + 1);
        }
        return true;
    }

    private readonly record struct Run(ulong First, ulong Last);
}
