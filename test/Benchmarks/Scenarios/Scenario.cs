namespace Cap.Benchmarks;

/// <summary>What is measured, and what it is held against.</summary>
/// <param name="Name">As it is called on the command line.</param>
/// <param name="What">In a few words.</param>
/// <param name="PerTransaction">Messages in one transaction.</param>
/// <param name="Consumes">Whether messages are sent and handled; else they are only written.</param>
/// <param name="Count">Messages that are measured.</param>
/// <param name="WarmUp">Messages before: until the hot methods are compiled for good, which takes as many as are measured.</param>
/// <param name="Target">The ratio to the floor that Cap should reach.</param>
/// <param name="FloorAtLeast">What the floor must reach on two quiet cores: below, it is the floor that is lazy.</param>
internal sealed record Scenario(string Name, string What, int PerTransaction, bool Consumes, int Count, int WarmUp, double Target, double FloorAtLeast = 0)
{
    /// <summary>A single publish is held against two plain inserts, the business row and the message; everything else against all durable steps.</summary>
    public bool FloorWritesDue => Consumes || PerTransaction > 1;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("publish-single", "a business insert and one publish in one transaction, 16 writers", 1, false, 40_000, 40_000, 0.9),
        new("publish-many", "100 messages in one transaction, 16 writers", 100, false, 400_000, 200_000, 0.8),
        new("e2e-single", "one message per transaction, 16 writers, no-op handler, until every row is settled", 1, true, 20_000, 25_000, 0.8, 2_300),
        new("e2e-many", "the same with 100 per transaction", 100, true, 100_000, 60_000, 0.75, 8_000),
    ];
}
