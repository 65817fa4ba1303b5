using System.Text.RegularExpressions;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Groups what was given up by name, group and error.</summary>
internal static partial class Failures
{
    /// <summary>Of each type so many of the newest are looked at.</summary>
    public const int Most = 5_000;

    /// <summary>The groups as somebody sees them: what differs in what is hidden is no difference to them.</summary>
    /// <param name="storage">Where the messages are.</param>
    /// <param name="sight">What they may see; null for everything.</param>
    /// <param name="stop">Gives up waiting.</param>
    public static async Task<IReadOnlyList<FailureGroup>> FindAsync(IMonitoringStorage storage, Sight? sight, CancellationToken stop)
    {
        var groups = new List<FailureGroup>();
        foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
        {
            var page = await storage
                .FindAsync(new() { Type = type, Status = StatusName.Failed, Limit = Most, IsWithContent = false }, stop)
                .ConfigureAwait(false);
            groups.AddRange(page.Messages
                .Select(m => sight?.Of(m) ?? m)
                .GroupBy(m => (m.Name, m.Group, Error: Changing().Replace(m.LastError ?? "(no attempt is kept)", "…")))
                .Select(g => new FailureGroup(
                    type,
                    g.Key.Name,
                    g.Key.Group,
                    g.Key.Error,
                    g.Key.Error.Split('…').OrderByDescending(part => part.Length).First().Trim(),
                    g.Count(),
                    g.Min(m => m.Added),
                    g.Max(m => m.Added))));
        }
        return [.. groups.OrderByDescending(g => g.Count).ThenByDescending(g => g.Newest)];
    }

    /// <summary>Ids and numbers, which make every error another one.</summary>
    [GeneratedRegex("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{16,}|[0-9]+")]
    private static partial Regex Changing();
}
