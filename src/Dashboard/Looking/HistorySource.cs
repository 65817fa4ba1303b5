using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>
/// Where <see cref="History"/> comes from. How long messages took is most of the data, and shown of the last hour only; of a day, little is new
/// from one minute to the next. Thread-safe.
/// </summary>
internal sealed class HistorySource(IMonitoringStorage storage, TimeProvider time)
{
    private static readonly TimeSpan KeepHour = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KeepDay = TimeSpan.FromMinutes(1);

    /// <summary>The last hour alone.</summary>
    public Recent<IReadOnlyList<LaneStatistics>> Hour { get; } =
        new(stop => storage.GetStatisticsAsync(new(time.GetUtcNow() - TimeSpan.FromHours(1)), stop), KeepHour, time);

    private readonly Recent<IReadOnlyList<LaneStatistics>> _day = new(
        stop => storage.GetStatisticsAsync(
            new(time.GetUtcNow() - TimeSpan.FromHours(24)) { Step = TimeSpan.FromMinutes(15), IsWithDurations = false }, stop),
        KeepDay,
        time);

    /// <summary>Both, or why one of them is not known.</summary>
    public async Task<Known<History>> GetAsync()
    {
        var (askedHour, askedDay) = (Hour.GetAsync(), _day.GetAsync());
        var (hour, day) = (await askedHour.ConfigureAwait(false), await askedDay.ConfigureAwait(false));
        return hour.Value is { } minutes && day.Value is { } quarters
            ? new(new(minutes, quarters), null, hour.At)
            : new(null, hour.Fault ?? day.Fault, hour.At);
    }
}
