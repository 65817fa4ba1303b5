namespace Cap.Benchmarks;

/// <summary>Measures throughput over what waits and over what is retained, and draws it.</summary>
internal sealed class FigureRun(Stage stage, bool isQuick)
{
    public async Task<string> RunAsync()
    {
        var waiting = new List<(int, double)>();
        foreach (var rows in new[] { 1_000, 10_000, 100_000, 1_000_000 })
        {
            // Small ones are over soon: they vary the more, and show how long reconnecting takes.
            var entry = EntryOf("drain", MeasureKind.Drain, rows, 0);
            waiting.Add((entry.Plan.Count, await MiddleAsync(entry, rows < 1_000_000 ? 3 : 1, m => m.PerSecond)));
        }
        var retained = new List<(int, double)>();
        foreach (var rows in new[] { 0, 1_000_000, 3_000_000, 10_000_000 })
        {
            var entry = EntryOf("retained", MeasureKind.Throughput, Catalog.E2eMany.Count, rows);
            retained.Add((entry.Retained, await MiddleAsync(entry, 3, m => m.PerSecond)));
        }
        return Figure.Draw(
        [
            new("Working off a backlog", "messages that waited while the broker was away", waiting),
            new("Sending and handling beside what is retained", "settled messages in the tables", retained),
        ]);
    }

    private Entry EntryOf(string name, MeasureKind kind, int count, int retained)
    {
        var entry = new Entry(name, Catalog.E2eMany with { Kind = kind, Count = count }) { Retained = retained };
        return isQuick ? entry.Part(10) with { Retained = retained / 50 } : entry;
    }

    private async Task<double> MiddleAsync(Entry entry, int repetitions, Func<Measured, double> what)
    {
        var values = new List<double>();
        while (values.Count < (isQuick ? 1 : repetitions))
            values.Add(what(await stage.RunAsync(entry)));
        var middle = values.Order().ElementAt(values.Count / 2);
        await Console.Error.WriteLineAsync(FormattableString.Invariant($"figure: {entry.Name}, {entry.Plan.Count} messages, {entry.Retained} retained: {middle:0}/s"));
        return middle;
    }
}
