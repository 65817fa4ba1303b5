namespace Cap.Benchmarks;

/// <summary>What is measured, and what it has to reach; docs/operating/performance.md tells of each.</summary>
/// <param name="Name">As it is called on the command line.</param>
/// <param name="Entries">What is compared: Cap first, then what it is held against, if anything.</param>
internal sealed record Scenario(string Name, params IReadOnlyList<Entry> Entries)
{
    /// <summary>How often each entry runs, in turn with the others.</summary>
    public int Repetitions { get; init; } = 3;

    /// <summary>How much smaller it is where it is only to be seen that it works.</summary>
    public int QuickShare { get; init; } = 10;

    public IReadOnlyList<Goal> Goals { get; init; } = [];

    /// <summary>What the ratio is of; by default the throughputs of the first and the second entry, run by run.</summary>
    public Func<Comparison, double> Ratio { get; init; } = run => run.RatioOf(run.Scenario.Entries[0], run.Scenario.Entries[^1], m => m.PerSecond);

    /// <summary>Whether each entry runs once more, with statements and frames counted.</summary>
    public bool IsCounted { get; init; } = true;

    /// <summary>Whether it can only be measured where statements are counted.</summary>
    public bool NeedsCounts { get; init; }

    /// <summary>A smaller one, run once: to see that it works.</summary>
    public Scenario Quick() => this with { Entries = [.. Entries.Select(e => e.Part(QuickShare))], Repetitions = 1 };
}
