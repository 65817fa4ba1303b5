namespace Cap.Benchmarks;

/// <summary>All runs of one scenario.</summary>
internal sealed class Comparison(Scenario scenario)
{
    private readonly Dictionary<string, List<Measured>> _runs = scenario.Entries.ToDictionary(e => e.Name, _ => new List<Measured>());
    private readonly Dictionary<string, Measured> _counts = [];

    public Scenario Scenario { get; } = scenario;

    /// <summary>What Cap is held against, or null.</summary>
    public Entry? Other => Scenario.Entries.Count > 1 ? Scenario.Entries[^1] : null;

    /// <summary>Not a number where the scenario has none.</summary>
    public double Ratio => Scenario.Ratio(this);

    public bool IsMet => Scenario.Goals.All(goal => goal.IsMet(this));

    public void Add(Entry entry, Measured run) => _runs[entry.Name].Add(run);

    public void AddCounts(Entry entry, Measured run) => _counts[entry.Name] = run;

    /// <summary>The last run of each entry, in a line.</summary>
    public string Last() =>
        string.Join("; ", _runs.Where(r => r.Value.Count > 0).Select(r => $"{r.Key} {Described(r.Value[^1])}"));

    public double Middle(string entry, Func<Measured, double> what) => Median(_runs[entry].Select(what));

    public IEnumerable<string> FiguresOf(Entry entry) => _runs[entry.Name].FirstOrDefault()?.Figures.Keys ?? [];

    /// <summary>A figure of the first entry.</summary>
    public double Figure(string name) => Middle(Scenario.Entries[0].Name, m => m.Figures[name]);

    /// <summary>One over the other, run by run, the middle one. Not a number for one and the same.</summary>
    public double RatioOf(Entry one, Entry other, Func<Measured, double> what) =>
        one == other ? double.NaN : Median(_runs[one.Name].Zip(_runs[other.Name], (a, b) => what(a) / what(b)));

    public Measured? Counts(Entry entry) => _counts.GetValueOrDefault(entry.Name);

    private static string Described(Measured run) =>
        FormattableString.Invariant($"{run.PerSecond:0}/s")
        + string.Concat(run.Figures.Select(f => FormattableString.Invariant($", {f.Key} {f.Value:0.##}")));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
