using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Brings together the handlers of this application and what all nodes know of the groups.</summary>
internal static class Subscribers
{
    public static async Task<IReadOnlyList<SubscriberRow>> FindAsync(Sources sources)
    {
        var (backlogs, cluster, history) = (
            Value(await sources.Backlogs.GetAsync().ConfigureAwait(false)),
            Value(await sources.Cluster.GetAsync().ConfigureAwait(false)),
            Value(await sources.History.Hour.GetAsync().ConfigureAwait(false)).ToLookup(h => h.Lane));
        var groups = sources.Catalog.Value.Groups.ToDictionary(g => new Lane(MessageType.Subscribe, g.Name));
        var now = sources.Time.GetUtcNow();
        return
        [
            .. groups.Keys.Concat(backlogs.Select(b => b.Lane)).Concat(cluster.Nodes.SelectMany(n => n.Lanes)).Concat(cluster.Paused.Select(p => p.Lane))
                .Where(l => l.Type == MessageType.Subscribe).Distinct()
                .OrderBy(lane => lane.Name, StringComparer.Ordinal)
                .Select(lane =>
                {
                    var group = groups.GetValueOrDefault(lane);
                    var hour = history[lane].ToList();
                    var (succeeded, failed) = (hour.Sum(h => h.Succeeded), hour.Sum(h => h.Failed));
                    return new SubscriberRow(
                        lane,
                        [.. (group?.Subscribers ?? []).Select(s => (s.Pattern.Text, s.Handler.ToString()!, s.Timeout))],
                        group?.Concurrency,
                        hour.Where(h => h.Minute >= now - TimeSpan.FromMinutes(5)).Sum(h => h.Succeeded) / 5.0,
                        succeeded + failed == 0 ? null : (double)failed / (succeeded + failed),
                        backlogs.FirstOrDefault(b => b.Lane == lane),
                        cluster.Paused.FirstOrDefault(p => p.Lane == lane),
                        Series.Of(hour, now, TimeSpan.FromMinutes(1), 60));
                }),
        ];
    }

    /// <summary>A page of groups without what is due would be a lie: it says why there is none.</summary>
    private static T Value<T>(Known<T> known)
        where T : class => known.Value ?? throw new CapException(known.Fault ?? "not known");
}
