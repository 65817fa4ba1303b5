namespace Cap.Benchmarks;

/// <summary>All scenarios.</summary>
internal static class Catalog
{
    private static readonly MeasurePlan PublishSingle = new() { PerTransaction = 1, Consumes = false, Count = 40_000, WarmUp = 40_000 };
    private static readonly MeasurePlan PublishMany = new() { PerTransaction = 100, Consumes = false, Count = 400_000, WarmUp = 200_000 };
    private static readonly MeasurePlan Single = new() { PerTransaction = 1, Count = 20_000, WarmUp = 25_000 };
    private static readonly MeasurePlan Many = new() { PerTransaction = 100, Count = 100_000, WarmUp = 60_000 };
    private static readonly MeasurePlan Waiting = Many with { HandlerTime = TimeSpan.FromMilliseconds(1) };

    /// <summary>What the figure measures, too.</summary>
    public static MeasurePlan E2eMany => Many;

    public static IReadOnlyList<Scenario> All { get; } =
    [
        BesideFloor("publish-single", PublishSingle, Goal.Ratio(0.9)),
        BesideFloor("publish-many", PublishMany, Goal.Ratio(0.8)),
        BesideFloor("e2e-single", Single, Goal.Ratio(0.8), Goal.Floor(2_300)),
        BesideFloor("e2e-many", Many, Goal.Ratio(0.75), Goal.Floor(8_000)),
        BesideFloor("e2e-bundled", Many with { Bundle = 100, Count = 200_000, WarmUp = 100_000 }, Goal.Ratio(0.6), Goal.Floor(20_000)),
        new("drain", new("cap", Many with { Kind = MeasureKind.Drain, Count = 1_000_000 }), new("e2e-many", Many))
        {
            Repetitions = 2,
            QuickShare = 20,
            IsCounted = false,
            Goals = [Goal.Ratio(1), Goal.AtMost("most resident memory, MB", Measure.PeakMegabytes, 300)],
        },
        new("ordered", new("cap", Waiting with { Keys = 1_000 }), new("without keys", Waiting)) { Goals = [Goal.Ratio(0.7)] },
        BesideFloor("transactional", Many with { Transactional = true, Count = 30_000, WarmUp = 30_000 }, Goal.Ratio(0.7)),
        Latency(),
        new("aged", new("cap", Many) { Retained = 10_000_000 }, new("empty tables", Many))
        {
            QuickShare = 50,
            IsCounted = false,
            Goals = [Goal.Ratio(0.9)],
        },
        new("held", new Entry("cap", Many with { Kind = MeasureKind.Held, Period = TimeSpan.FromMinutes(1) }))
        {
            Repetitions = 1,
            IsCounted = false,
            Ratio = run => run.Figure(Measure.Last) / run.Figure(Measure.First),
            Goals = [Goal.Ratio(0.8)],
        },
        new("idle", new Entry("cap", Many with { Kind = MeasureKind.Idle, Period = TimeSpan.FromMinutes(1), Count = 0, WarmUp = 20_000, Counts = true }))
        {
            Repetitions = 1,
            IsCounted = false,
            NeedsCounts = true,
            Ratio = _ => double.NaN,
            Goals = [Goal.AtMost("of a core, %", Measure.CorePercent, 1), Goal.AtMost("statements/s", Measure.StatementsPerSecond, 2)],
        },
        Nodes(),
        new("dashboard", new Entry("cap", Single with { Kind = MeasureKind.Dashboard, Rate = 500, Count = 20_000, Period = TimeSpan.FromSeconds(40) }) { Retained = 10_000_000 })
        {
            Repetitions = 1,
            QuickShare = 50,
            IsCounted = false,
            Ratio = _ => double.NaN,
            Goals =
            [
                Goal.AtMost("slowest page, ms", Measure.SlowestPage, 50),
                Goal.AtMost("of a core for ten tabs, %", Measure.TabsPercent, 2),
                Goal.AtMost("rows read by scanning a table", Measure.ScannedRows, 0),
            ],
        },
        new("sqlite", new Entry("cap", Single with { Side = SideKind.Sqlite })) { IsCounted = false },
    ];

    private static Scenario BesideFloor(string name, MeasurePlan plan, params IReadOnlyList<Goal> goals) =>
        new(name, new("cap", plan), new("floor", plan with { Side = SideKind.Floor })) { Goals = goals };

    private static Scenario Latency()
    {
        var plan = Single with { Kind = MeasureKind.Latency, Rate = 200, Count = 6_000 };
        return BesideFloor("latency", plan) with
        {
            IsCounted = false,
            Ratio = run => Times(run, Measure.P50),
            Goals =
            [
                new("p50, times the floor's", run => Times(run, Measure.P50), 2, IsMost: true),
                new("p99, times the floor's", run => Times(run, Measure.P99), 3, IsMost: true),
            ],
        };

        static double Times(Comparison run, string figure) => run.RatioOf(run.Scenario.Entries[0], run.Scenario.Entries[1], m => m.Figures[figure]);
    }

    private static Scenario Nodes()
    {
        var plan = Many with { Kind = MeasureKind.Node };
        Entry four = new("4 nodes", Shared(4)) { Nodes = 4 };
        Entry two = new("2 nodes", Shared(2)) { Nodes = 2 };
        Entry one = new("1 node", Shared(1));
        return new("nodes", four, two, one)
        {
            IsCounted = false,
            Goals =
            [
                new("2 nodes to 1", run => run.RatioOf(two, one, m => m.PerSecond), 1),
                new("4 nodes to 1", run => run.RatioOf(four, one, m => m.PerSecond), 1),
                new("2 nodes, off an equal part by %", run => run.Middle(two.Name, m => m.Figures[Measure.UnevenPercent]), 20, IsMost: true),
                new("4 nodes, off an equal part by %", run => run.Middle(four.Name, m => m.Figures[Measure.UnevenPercent]), 20, IsMost: true),
            ],
        };

        // The same messages in all, and as much warming up for each process.
        MeasurePlan Shared(int nodes) => plan with { Count = 120_000 / nodes, WarmUp = 40_000 };
    }
}
