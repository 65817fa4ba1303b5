namespace Cap.Storage;

/// <summary>
/// A histogram of durations: how many fell into each of 48 steps, each 1.41 times as long as the one before, from 0.1 ms to 20 minutes. A
/// percentile read from it is at most a fifth off.
/// </summary>
public static class Durations
{
    /// <summary>How many steps there are.</summary>
    public const int Steps = 48;

    private const double First = 0.1;

    /// <summary>The step of a duration.</summary>
    public static int StepOf(TimeSpan duration) =>
        duration.TotalMilliseconds <= First ? 0 : Math.Min(Steps - 1, (int)Math.Ceiling(2 * Math.Log2(duration.TotalMilliseconds / First)));

    /// <summary>The duration that stands for a step: the geometric middle of its shortest and its longest.</summary>
    public static TimeSpan MiddleOf(int step) => TimeSpan.FromMilliseconds(First * Math.Pow(2, (step - 0.5) / 2));

    /// <summary>The duration that a share of all does not exceed; null when nothing was counted.</summary>
    /// <param name="counts">How many fell into each step.</param>
    /// <param name="share">0.5 for the median.</param>
    public static TimeSpan? Percentile(IReadOnlyList<long> counts, double share)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var wanted = counts.Sum() * share;
        if (wanted <= 0)
            return null;
        var sum = 0L;
        for (var step = 0; step < counts.Count; step++)
        {
            sum += counts[step];
            if (sum >= wanted)
                return MiddleOf(step);
        }
        return MiddleOf(counts.Count - 1);
    }
}
