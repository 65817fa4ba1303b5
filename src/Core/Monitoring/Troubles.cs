using System.Collections.Concurrent;

namespace Cap.Monitoring;

/// <summary>What does not work in this node at the moment, as its workers know it. Thread-safe. Costs nothing while everything works.</summary>
internal sealed class Troubles(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Trouble> _now = new();

    /// <summary>Everything, ordered by name.</summary>
    public IReadOnlyList<Trouble> Now => [.. _now.Values.OrderBy(t => t.What, StringComparer.Ordinal)];

    /// <summary>It does not work. Said again it keeps its time and takes the newest reason.</summary>
    public void Begin(string what, Exception reason, bool stopsWork = true) => Begin(what, reason.Message, stopsWork);

    /// <summary>So many messages are refused while others are taken; none when it is 0.</summary>
    public void Refused(string what, int count, string? firstName, string? firstId)
    {
        if (count > 0)
            Begin(what, $"{count}: {(count > 1 ? "the first is " : "")}'{firstName}' {firstId}.", stopsWork: false);
        else
            End(what);
    }

    /// <summary>It works.</summary>
    public void End(string what) => _now.TryRemove(what, out _);

    /// <summary>Whoever had trouble has ended.</summary>
    public void Clear() => _now.Clear();

    private void Begin(string what, string reason, bool stopsWork) =>
        _now.AddOrUpdate(what, _ => new(what, time.GetUtcNow(), reason, stopsWork), (_, known) => known with { Reason = reason });
}
