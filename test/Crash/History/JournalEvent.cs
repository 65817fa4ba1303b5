using System.Globalization;

namespace Cap.Crash.History;

/// <summary>One line of a journal.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="At">When, in ticks of the machine's monotonic clock, which all processes share.</param>
/// <param name="Process">Which process, unique over restarts.</param>
/// <param name="Group">Group of the handler; empty for publishers.</param>
/// <param name="Note">Number of the note. Of a heartbeat: 1 when the database had taken the process for dead until then, else 0.</param>
/// <param name="Key">Its key; null without.</param>
/// <param name="Place">Its place in the commit order of its key; 0 without a key. Of a heartbeat: when it was sent.</param>
internal sealed record JournalEvent(EventKind Kind, long At, string Process, string Group, long Note, string? Key, long Place)
{
    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{Kind}\t{At}\t{Process}\t{Group}\t{Note}\t{Key}\t{Place}\n");

    /// <summary>Reads a line; null for one that a kill has cut short.</summary>
    public static JournalEvent? Parse(string line)
    {
        var parts = line.Split('\t');
        return parts.Length == 7
            && Enum.TryParse<EventKind>(parts[0], out var kind)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var at)
            && long.TryParse(parts[4], CultureInfo.InvariantCulture, out var note)
            && long.TryParse(parts[6], CultureInfo.InvariantCulture, out var place)
            ? new(kind, at, parts[2], parts[3], note, parts[5].Length == 0 ? null : parts[5], place)
            : null;
    }
}
