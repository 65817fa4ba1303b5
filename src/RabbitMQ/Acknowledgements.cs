namespace Cap.RabbitMQ;

/// <summary>
/// Which deliveries of a channel are acknowledged, and how to tell the broker in few words: "all up to" where everything below
/// is acknowledged too, else one by one. The broker ends the channel for a number acknowledged twice. Not thread-safe.
/// </summary>
internal sealed class Acknowledgements
{
    /// <summary>Acknowledged, with a gap below.</summary>
    private readonly HashSet<ulong> _above = [];

    /// <summary>Everything up to here is acknowledged.</summary>
    private ulong _upTo;

    /// <summary>Notes these as acknowledged, and returns what to tell the broker.</summary>
    public IReadOnlyList<(ulong Tag, bool Multiple)> Add(IEnumerable<ulong> tags)
    {
        var told = new List<(ulong, bool)>();
        ulong? run = null;
        foreach (var tag in tags.Order())
        {
            if (tag <= _upTo || !_above.Add(tag))
                continue;
            var before = _upTo;
            while (_above.Remove(_upTo + 1))
                _upTo++;
            // The number named must be one the broker still waits for, so the run's end may not be one acknowledged earlier.
            if (_upTo > before)
                run = tag;
            else
                told.Add((tag, false));
        }
        if (run is { } last)
            told.Insert(0, (last, true));
        return told;
    }
}
