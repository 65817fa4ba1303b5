using System.Globalization;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Benchmarks;

/// <summary>How long the server takes for each page of the dashboard beside running traffic, and what ten open tabs cost when there is none.</summary>
internal static class DashboardMeasure
{
    private const string Overview = "cap/";
    private const int Looks = 30;
    private const int Tabs = 10;

    /// <summary>Half an hour of a tab that is open: what a page needs is compiled for good by then, as everywhere here.</summary>
    private const int WarmUp = 360;

    private static readonly TimeSpan TabInterval = TimeSpan.FromSeconds(5);

    public static async Task<Measured> RunAsync(Experiment experiment)
    {
        var (plan, side) = (experiment.Plan, (CapSide)experiment.Side);
        using var client = new HttpClient { BaseAddress = side.Address };
        var pages = await PagesAsync(side);

        var scanned = await DatabaseLook.ScannedRowsAsync(plan);
        var traffic = experiment.Load.WriteAsync(plan.Count, plan.Rate, _ => { });
        for (var i = 0; i < Looks; i++)
        {
            foreach (var page in pages)
                await LookAsync(client, page);
        }
        await Task.Delay(DatabaseLook.Delay);
        scanned = await DatabaseLook.ScannedRowsAsync(plan) - scanned;
        await side.SettledAsync(await traffic);
        var times = side.TakeTimes();
        foreach (var (page, milliseconds) in times.OrderByDescending(t => t.Middle))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{milliseconds,8:0.0} ms  {page}"));

        for (var i = 0; i < WarmUp; i++)
            await LookAsync(client, Overview);
        // What is compiled and collected after that is over first.
        await Task.Delay(plan.Period);
        var without = await CoreAsync(plan);
        var tabs = Enumerable.Range(0, Tabs).Select(_ => KeepOpenAsync(client, plan.Period)).ToList();
        var with = await CoreAsync(plan);
        await Task.WhenAll(tabs);
        return new Measured().With((Measure.SlowestPage, times.Max(t => t.Middle)), (Measure.TabsPercent, with - without), (Measure.ScannedRows, scanned));
    }

    private static async Task<IReadOnlyList<string>> PagesAsync(CapSide side)
    {
        var query = new MessageQuery { Type = MessageType.Subscribe, Limit = 1, IsWithContent = false };
        var message = (await side.Storage.Monitoring.FindAsync(query, default)).Messages[0];
        var middle = Uri.EscapeDataString(message.Added.AddMinutes(-1).ToString("O", CultureInfo.InvariantCulture));
        return
        [
            Overview,
            "cap/messages?type=published",
            "cap/messages?type=received&state=Succeeded",
            "cap/messages?type=received&state=Failed",
            "cap/messages?type=received&name=work.*",
            "cap/messages?type=received&name=nothing.has.this",
            "cap/messages?type=published&text=nothing+has+this",
            "cap/messages?type=received&header=cap-msg-type%3Dnothing",
            $"cap/messages?type=received&id={message.MessageId}",
            $"cap/messages?type=published&id={message.MessageId}",
            $"cap/messages?type=received&since={middle}",
            "cap/messages?type=received&order=oldest",
            string.Create(CultureInfo.InvariantCulture, $"cap/message?type=received&id={message.Id}"),
            "cap/failures",
            "cap/subscribers",
            "cap/nodes",
            "cap/operations",
            "cap/audit",
        ];
    }

    private static async Task LookAsync(HttpClient client, string page) =>
        (await client.GetAsync(new Uri(page, UriKind.Relative))).EnsureSuccessStatusCode();

    private static async Task KeepOpenAsync(HttpClient client, TimeSpan period)
    {
        using var stop = new CancellationTokenSource(period);
        while (!stop.IsCancellationRequested)
        {
            await LookAsync(client, Overview);
            await Task.Delay(TabInterval, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Per cent of one core that this process and the database take.</summary>
    private static async Task<double> CoreAsync(MeasurePlan plan)
    {
        using var meter = await Meter.StartAsync(plan);
        var database = await DatabaseLook.CpuSecondsAsync(plan);
        await Task.Delay(plan.Period);
        var (seconds, measured) = (meter.Elapsed.TotalSeconds, await meter.ReadAsync(1));
        return (measured.CpuSeconds + await DatabaseLook.CpuSecondsAsync(plan) - database) / seconds * 100;
    }
}
