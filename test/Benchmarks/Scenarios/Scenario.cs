namespace Cap.Benchmarks;

/// <summary>What is measured, and what it is held against; docs/operating/performance.md tells of each.</summary>
/// <param name="Name">As it is called on the command line.</param>
/// <param name="PerTransaction">Messages in one transaction.</param>
/// <param name="Consumes">Whether messages are sent and handled; else they are only written.</param>
/// <param name="Count">Messages that are measured.</param>
/// <param name="WarmUp">Messages before: until the hot methods are compiled for good, which takes as many as are measured.</param>
/// <param name="Target">The ratio to the floor that Cap should reach.</param>
internal sealed record Scenario(string Name, int PerTransaction, bool Consumes, int Count, int WarmUp, double Target)
{
    /// <summary>A single publish is held against two plain inserts, the business row and the message; everything else against all durable steps.</summary>
    public bool FloorWritesDue => Consumes || PerTransaction > 1;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("publish-single", 1, false, 40_000, 40_000, 0.9),
        new("publish-many", 100, false, 400_000, 200_000, 0.8),
        new("e2e-single", 1, true, 20_000, 25_000, 0.8),
        new("e2e-many", 100, true, 100_000, 60_000, 0.75),
    ];
}
