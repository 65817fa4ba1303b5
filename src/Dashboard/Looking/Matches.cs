using System.Diagnostics;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Counts the messages that fit a search, for somebody who waits for it.</summary>
internal static class Matches
{
    private const int Most = 100_000;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    /// <summary>How many there are, and whether there may be more.</summary>
    public static async Task<(long Count, bool IsAtLeast)> CountAsync(IMonitoringStorage storage, MessageQuery query, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var count = 0L;
        query = query with { From = null, Limit = 1_000, IsWithContent = false };
        while (true)
        {
            var page = await storage.FindAsync(query, stop).ConfigureAwait(false);
            count += page.Messages.Count;
            if (page.Next is null)
                return (count, false);
            if (count >= Most || Stopwatch.GetElapsedTime(began) >= Longest)
                return (count, true);
            query = query with { From = page.Next };
        }
    }
}
