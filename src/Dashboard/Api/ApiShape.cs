using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the API's JSON looks like: names in camel case, ids as strings (a script's numbers end at 2^53), times as ISO 8601 UTC, durations as milliseconds.</summary>
internal static class ApiShape
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        MaxDepth = 512,
    };

    public static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);

    public static object Of(Acted acted) => new { changed = acted.Changed, auditId = Id(acted.AuditId) };

    public static object Of(MessagePage page) => new
    {
        messages = page.Messages.Select(Of),
        next = page.Next?.ToString(),
        searchedTo = page.SearchedTo,
    };

    public static object Of(StoredMessage message, IReadOnlyList<Attempt> attempts, Sight sight)
    {
        var json = sight.ContentOf(message);
        return new
        {
            message = Of(sight.Of(message)),
            content = Parsed(json),
            isMasked = json != message.Content,
            attempts = sight.Of(attempts, message)
                .Select(a => new { number = a.Number, at = a.At, node = a.Node, milliseconds = a.Duration.TotalMilliseconds, error = a.Error }),
        };
    }

    private static object Of(StoredMessage message) => new
    {
        id = Id(message.Id),
        messageId = message.MessageId,
        name = message.Name,
        group = message.Group,
        version = message.Version,
        key = message.Key,
        state = message.StatusName,
        retries = message.Retries,
        added = message.Added,
        dueAt = message.DueAt,
        expiresAt = message.ExpiresAt,
        size = message.Size,
        lastError = message.LastError,
    };

    public static object Of(FailureGroup group) => new
    {
        type = Show.Address(group.Type),
        name = group.Name,
        group = group.Group,
        error = group.Error,
        count = group.Count,
        oldest = group.Oldest,
        newest = group.Newest,
    };

    public static object Of(SubscriberRow row) => new
    {
        group = row.Lane.Name,
        handlers = row.Handlers.Select(h => new { name = h.Name, method = h.Method, timeoutMilliseconds = h.Timeout?.TotalMilliseconds }),
        concurrency = row.Concurrency,
        perMinute = row.PerMinute,
        failureShare = row.FailureShare,
        due = row.Backlog?.Due ?? 0,
        oldestMilliseconds = row.Backlog?.OldestAge?.TotalMilliseconds,
        paused = row.Paused is { } paused ? new { by = paused.By, since = paused.Since } : null,
    };

    public static object Of(Cluster cluster) => new
    {
        now = cluster.Now,
        nodes = cluster.Nodes.Select(n => new
        {
            name = n.Name,
            isAlive = n.ExpiresAt > cluster.Now,
            expiresAt = n.ExpiresAt,
            joinedAt = n.JoinedAt,
            troubles = n.Troubles,
            lanes = n.Lanes.Select(l => l.ToString()),
            leases = cluster.Leases.Where(l => l.Node == n.Name).Select(l => new { lane = l.Lane.ToString(), shard = l.Shard }),
        }),
        paused = cluster.Paused.Select(p => new { lane = p.Lane.ToString(), by = p.By, since = p.Since }),
    };

    public static object Of(Operation operation, Sight sight) => new
    {
        id = Id(operation.Id),
        kind = operation.Kind,
        type = Show.Address(operation.Type),
        query = sight.Sees(operation.Query) ? Addresses.Parameters(operation.Query with { From = null }).Value : null,
        by = operation.By,
        state = operation.State,
        expected = operation.Expected,
        changed = operation.Changed,
        startedAt = operation.StartedAt,
        endedAt = operation.EndedAt,
        reason = operation.Reason is { } reason ? sight.SearchOf(reason) : null,
    };

    public static object Of(AuditEntry entry, Sight sight) =>
        new { id = Id(entry.Id), at = entry.At, by = entry.By, what = entry.What, on = sight.SearchOf(entry.On), changed = entry.Changed };

    public static object OfOverview(
        IReadOnlyList<Warning> warnings, Known<MessageCounts> published, Known<MessageCounts> received, Known<IReadOnlyList<Backlog>> backlogs) => new
        {
            warnings = warnings.Select(w => new { text = w.Text, isSevere = w.IsSevere }),
            published = Of(published.Value),
            received = Of(received.Value),
            backlogs = backlogs.Value?.Select(b => new { lane = b.Lane.ToString(), due = b.Due, isAtLeast = b.IsAtLeast, oldestMilliseconds = b.OldestAge?.TotalMilliseconds }),
        };

    private static object? Of(MessageCounts? counts) =>
        counts is null ? null : new { scheduled = counts.Scheduled, delayed = counts.Delayed, failed = counts.Failed, aboutSucceeded = counts.Succeeded, isAtLeast = counts.IsAtLeast };

    /// <summary>The content as JSON; as a text when it is none.</summary>
    private static JsonNode? Parsed(string json)
    {
        try
        {
            var node = JsonNode.Parse(json, documentOptions: new() { MaxDepth = 512 });
            // Half a surrogate pair is read without complaint, and cannot be written.
            _ = node?.ToJsonString(Options);
            return node;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return JsonValue.Create(json);
        }
    }
}
