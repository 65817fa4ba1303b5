using System.Text;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Runs a search as somebody may run it: where a mask hides things, what is hidden is not found either.</summary>
internal static class Searches
{
    public static async Task<MessagePage> FindAsync(Sources sources, MessageQuery query, Visitor visitor, CancellationToken stop)
    {
        var looksInside = query.Header is not null || query.Text is not null;
        if (sources.Options.Mask is null || !looksInside)
            return await sources.Storage.Monitoring.FindAsync(query, stop).ConfigureAwait(false);
        var filter = new MessageFilter(query);
        var page = await sources.Storage.Monitoring.FindAsync(query with { IsWithContent = true }, stop).ConfigureAwait(false);
        return page with
        {
            Messages =
            [
                .. page.Messages
                    .Where(m => filter.FitsContent(Encoding.UTF8.GetBytes(Content.Seen(m, visitor, sources.Options).Json)))
                    .Select(m => m with { Content = "" }),
            ],
        };
    }
}
