namespace Cap.Benchmarks;

/// <summary>All runs of one scenario, of both sides.</summary>
internal sealed class Comparison
{
    private readonly Dictionary<string, List<Measured>> _runs = new() { ["cap"] = [], ["floor"] = [] };
    private readonly Dictionary<string, Measured> _counts = [];

    /// <summary>Cap's throughput over the floor's, run by run, the middle one.</summary>
    public double Ratio => Median(_runs["cap"].Zip(_runs["floor"], (cap, floor) => cap.PerSecond / floor.PerSecond));

    /// <summary>The last pair, in a line.</summary>
    public string Last =>
        FormattableString.Invariant($"cap {_runs["cap"][^1].PerSecond:0}/s, floor {_runs["floor"][^1].PerSecond:0}/s, ratio {_runs["cap"][^1].PerSecond / _runs["floor"][^1].PerSecond:0.00}");

    public void Add(string side, Measured run) => _runs[side].Add(run);

    public void AddCounts(string side, Measured run) => _counts[side] = run;

    public double Middle(string side, Func<Measured, double> what) => Median(_runs[side].Select(what));

    public Measured Counts(string side) => _counts[side];

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
