namespace Cap.Benchmarks;

/// <summary>One of those a scenario compares.</summary>
/// <param name="Name">How it is called in the report.</param>
/// <param name="Plan">What its measuring process does.</param>
internal sealed record Entry(string Name, MeasurePlan Plan)
{
    /// <summary>How many processes work on the same tables. Each writes as many messages as the plan says.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>How many settled messages are in the tables beforehand.</summary>
    public int Retained { get; init; }

    /// <summary>A smaller one, to see that it works.</summary>
    public Entry Part(int share) => this with { Plan = Plan.Part(share), Retained = Retained / share };
}
