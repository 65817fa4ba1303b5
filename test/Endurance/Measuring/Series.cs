namespace Cap.Endurance;

/// <summary>Values over time.</summary>
/// <param name="warmUp">How long they do not count as steady.</param>
internal sealed class Series(TimeSpan warmUp)
{
    private readonly List<(TimeSpan At, double Value)> _points = [];

    public double Last => _points[^1].Value;

    public double Max => _points.Max(p => p.Value);

    private List<(TimeSpan At, double Value)> Steady => [.. _points.Where(p => p.At >= warmUp)];

    public double SteadyMean => Steady.Average(p => p.Value);

    /// <summary>How much the line through the steady points rises over their time.</summary>
    public double SteadyGrowth => SlopePerHour * (Steady[^1].At - Steady[0].At).TotalHours;

    /// <summary>Least squares through the steady points.</summary>
    public double SlopePerHour
    {
        get
        {
            var points = Steady;
            var (meanAt, mean) = (points.Average(p => p.At.TotalHours), points.Average(p => p.Value));
            var spread = points.Sum(p => Math.Pow(p.At.TotalHours - meanAt, 2));
            return spread == 0 ? 0 : points.Sum(p => (p.At.TotalHours - meanAt) * (p.Value - mean)) / spread;
        }
    }

    public void Add(TimeSpan at, double value) => _points.Add((at, value));

    /// <summary>The largest value in a part of the time, given as fractions.</summary>
    public double MaxBetween(double from, double to)
    {
        var end = _points[^1].At;
        return _points.Where(p => p.At >= end * from && p.At <= end * to).Max(p => p.Value);
    }
}
