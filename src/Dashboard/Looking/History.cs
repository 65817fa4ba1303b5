using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What was counted of late.</summary>
/// <param name="Hour">In each lane and minute of the last hour, with how long messages took.</param>
/// <param name="Day">In each lane and quarter of an hour of the last day, without.</param>
public sealed record History(IReadOnlyList<LaneStatistics> Hour, IReadOnlyList<LaneStatistics> Day)
{
    /// <summary>Of the outbox alone, or of the inbox.</summary>
    public History Of(MessageType type) => new([.. Hour.Where(h => h.Lane.Type == type)], [.. Day.Where(d => d.Lane.Type == type)]);
}
