using System.Text;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Runs a search as somebody may run it: where a mask hides things, what is hidden is not found either, and nothing tells that it is there.</summary>
internal static class Searches
{
    /// <summary>Messages that are looked at for a page when the mask has to be asked for each.</summary>
    private const int MostMasked = 1_000;

    private const int MaskedBatch = 20;

    /// <summary>Whether a search asks for something that a mask may hide.</summary>
    public static bool LooksInside(MessageQuery query) => query is not { Header: null, Text: null, Error: null, Key: null };

    public static async Task<MessagePage> FindAsync(IMonitoringStorage storage, MessageQuery query, Sight sight, CancellationToken stop)
    {
        if (!sight.IsWhole && LooksInside(query))
            return await FindMaskedAsync(storage, query, sight, stop).ConfigureAwait(false);
        var page = await storage.FindAsync(query, stop).ConfigureAwait(false);
        return sight.IsWhole ? page : page with { Messages = [.. page.Messages.Select(sight.Of)] };
    }

    /// <remarks>
    /// The storage is not asked for what may be hidden: how many it finds, and where its page ends, would tell what the mask hides.
    /// </remarks>
    private static async Task<MessagePage> FindMaskedAsync(IMonitoringStorage storage, MessageQuery query, Sight sight, CancellationToken stop)
    {
        var filter = new MessageFilter(query);
        var open = query with { Header = null, Text = null, Error = null, Key = null, IsWithContent = query is not { Header: null, Text: null }, Limit = MaskedBatch };
        var found = new List<StoredMessage>();
        for (var lookedAt = 0; ; lookedAt += MaskedBatch)
        {
            var page = await storage.FindAsync(open, stop).ConfigureAwait(false);
            foreach (var message in page.Messages)
            {
                var seen = sight.Of(message);
                if (!Fits(query, filter, seen, sight, message))
                    continue;
                found.Add(seen with { Content = "" });
                if (found.Count == query.Limit)
                    return new(found, PageKey.Of(message, query), null);
            }
            if (page.Next is null)
                return new(found, null, null);
            if (page.SearchedTo is not null || lookedAt + MaskedBatch >= MostMasked)
                return new(found, page.Next, page.SearchedTo ?? page.Messages[^1].Added);
            open = open with { From = page.Next };
        }
    }

    private static bool Fits(MessageQuery query, MessageFilter filter, StoredMessage seen, Sight sight, StoredMessage message) =>
        (query.Key ?? seen.Key) == seen.Key
        && (query.Error is null || seen.LastError?.Contains(query.Error, StringComparison.OrdinalIgnoreCase) == true)
        && (query is { Header: null, Text: null } || filter.FitsContent(Encoding.UTF8.GetBytes(sight.ContentOf(message))));
}
