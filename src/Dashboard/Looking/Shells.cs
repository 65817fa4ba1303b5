using System.Globalization;
using Cap.Storage;
using Microsoft.AspNetCore.Http;

namespace Cap.Dashboard;

/// <summary>Makes what every page has around it.</summary>
internal static class Shells
{
    /// <param name="context">The request.</param>
    /// <param name="sources">Where everything comes from.</param>
    /// <param name="page">The page in the menu.</param>
    /// <param name="isLive">Whether the page asks for news while it is open.</param>
    public static async Task<ShellModel> MakeAsync(HttpContext context, Sources sources, string page, bool isLive = true)
    {
        var visitor = Visitor.Of(context);
        return new(
            sources.Options.Title,
            page,
            visitor.Name,
            visitor.May(Right.Operate),
            visitor.May(Right.Edit),
            isLive ? sources.Options.RefreshInterval : null,
            await ToldAsync(context, sources).ConfigureAwait(false),
            sources.Time.GetUtcNow());
    }

    /// <summary>What was done is told as the audit log has it, not as an address says.</summary>
    private static async Task<AuditEntry?> ToldAsync(HttpContext context, Sources sources)
    {
        if (!long.TryParse(context.Request.Query["told"], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        var found = await Ask.ForAsync(stop => sources.Storage.Monitoring.FindAuditAsync(new() { Id = id, Limit = 1 }, stop), sources.Time, context.RequestAborted).ConfigureAwait(false);
        return found.Value is [var entry] ? entry with { On = Visitor.Of(context).Sight.SearchOf(entry.On) } : null;
    }
}
