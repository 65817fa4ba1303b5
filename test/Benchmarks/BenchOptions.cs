namespace Cap.Benchmarks;

/// <summary>The command line.</summary>
internal sealed class BenchOptions
{
    public BenchOptions(string[] args)
    {
        List<Scenario> named = [.. Scenario.All.Where(s => args.Contains(s.Name))];
        Scenarios = named.Count > 0 ? named : Scenario.All;
        (Quick, Json) = (args.Contains("--quick"), args.Contains("--json"));
    }

    public IReadOnlyList<Scenario> Scenarios { get; }

    /// <summary>What is wrong with a command line, or null.</summary>
    public static string? FaultOf(string[] args) =>
        args.FirstOrDefault(a => a is not ("--quick" or "--json") && Scenario.All.All(s => s.Name != a)) is { } unknown
            ? $"There is no scenario or option '{unknown}'. There are: {string.Join(", ", Scenario.All.Select(s => s.Name))}, --quick, --json."
            : null;

    /// <summary>Fewer messages and runs: to see that all works, not to compare.</summary>
    public bool Quick { get; }

    /// <summary>One line of JSON for each scenario instead of a table.</summary>
    public bool Json { get; }

    public int Repetitions => Quick ? 1 : 5;

    public int Share => Quick ? 10 : 1;
}
