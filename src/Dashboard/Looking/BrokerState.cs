using Cap.Relaying;

namespace Cap.Dashboard;

/// <summary>What this process knows of the broker.</summary>
/// <param name="Description">Which one it is.</param>
/// <param name="IsAnswering">Whether it answers; null when that is not known.</param>
/// <param name="Text">The same for a person.</param>
public sealed record BrokerState(string Description, bool? IsAnswering, string Text)
{
    /// <summary>The node asks every few seconds: when twice that has passed without an answer, nobody knows whether there is one.</summary>
    private static readonly TimeSpan Fresh = BrokerWatch.Interval * 2;

    internal static BrokerState Of(Sources sources)
    {
        var broker = sources.Transport.Description;
        if (!sources.Bootstrapper.IsStarted)
            return new(broker, null, "not known: Cap is not started in this process");
        if (sources.Gate.Away is { } away)
            return new(broker, false, $"away since {Show.Time(away.Since)} UTC. {away.Reason}");
        if (sources.Gate.AnsweredAt is not { } at)
            return new(broker, null, "not known yet");
        return sources.Time.GetUtcNow() - at <= Fresh
            ? new(broker, true, "answers")
            : new(broker, null, $"not known: it has not answered since {Show.Time(at)} UTC");
    }
}
