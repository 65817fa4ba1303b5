using System.Data;
using System.Text;
using Cap.Messages;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Looks for messages, a bounded number of rows for each page.</summary>
internal sealed class PostgreSqlFinding(Database database, Lanes lanes, Tables tables)
{
    /// <summary>Rows of the log that are looked at for a page: about 20 ms beside running traffic, and twice that where contents are looked into.</summary>
    internal const int LogWindow = 5_000;

    /// <summary>Due rows that are looked at for a page, each with its message.</summary>
    internal const int DueWindow = 2_000;

    /// <summary>Where contents are looked into, about so many bytes of them for a page, but a few messages always.</summary>
    internal const int MostBytes = 64 * 1024 * 1024;

    internal const int LeastWindow = 16;

    private readonly IdRanges _ranges = new(tables);

    public async Task<MessagePage> FindAsync(MessageQuery query, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(query);
        // What the outbox has in the place of the group is the version.
        short? lane = null;
        if (query.Group is not null
            && (query.Type == MessageType.Publish
                || (lane = await lanes.FindAsync(new(MessageType.Subscribe, query.Group), stop).ConfigureAwait(false)) is null))
        {
            return new([], null, null);
        }
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        var filter = new MessageFilter(query);
        if (query.IsBlocking)
            return await BlockingAsync(connection, query, lane, filter, stop).ConfigureAwait(false);
        var range = await _ranges.OfTimesAsync(connection, query, stop).ConfigureAwait(false);
        if (query is { MessageId: { } messageId, From: null, Id: null }
            && await _ranges.OfMessageIdAsync(connection, query.Type, messageId, stop).ConfigureAwait(false) is { } likely)
        {
            // Where its time says, before everything is gone through.
            var found = await PageAsync(connection, query, new(tables, query, likely, lane, filter), filter, stop).ConfigureAwait(false);
            if (found.Messages.Count > 0)
                return found with { Next = null, SearchedTo = null };
        }
        return await PageAsync(connection, query, new(tables, query, range, lane, filter), filter, stop).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<Attempt>> GetAttemptsAsync(TypeTables type, long id, CancellationToken stop)
    {
        var sql = $"""
            SELECT "Number", "At", "Node", "Duration", "Error"
            FROM {tables.Attempt} WHERE "Type" = {type.Number} AND "Id" = $1
            ORDER BY "Number" DESC
            """;
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand(sql, connection) { Parameters = { Parameter.Big(id) } };
        var reader = await command.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var __ = reader.ConfigureAwait(false);
        var attempts = new List<Attempt>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            attempts.Add(new(
                reader.GetInt32(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetTimeSpan(3), reader.GetString(4)));
        }
        attempts.Reverse();
        return attempts;
    }

    private static async Task<MessagePage> PageAsync(
        NpgsqlConnection connection, MessageQuery query, FindSql sql, MessageFilter filter, CancellationToken stop)
    {
        if (!sql.IsFiltered)
        {
            // One more than asked for, to know whether there are more.
            var rows = await ReadAsync(connection, sql.Page(query.Limit + 1, query.Limit + 1), query, filter, stop).ConfigureAwait(false);
            return rows.Count > query.Limit ? Page(rows, query.Limit, rows[query.Limit - 1].Key, null) : Page(rows, query.Limit, null, null);
        }
        // Page and edge see the same rows: what is settled in between would make the window end elsewhere, and rows would be passed over.
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, stop).ConfigureAwait(false);
        await using var _ = transaction.ConfigureAwait(false);
        var window = await WindowAsync(connection, sql, filter, stop).ConfigureAwait(false);
        var found = await ReadAsync(connection, sql.Page(window, query.Limit + 1), query, filter, stop).ConfigureAwait(false);
        if (found.Count > query.Limit)
        {
            // Some may have been passed over for their contents: the page is not full then, and says how far it has come.
            var last = found[query.Limit - 1];
            return Page(found, query.Limit, last.Key, found.Take(query.Limit).Any(f => f.Message is null) ? last.Added : null);
        }
        var (next, searchedTo) = await EdgeAsync(connection, sql.Edge(window), stop).ConfigureAwait(false);
        return Page(found, query.Limit, next, searchedTo);
    }

    private static MessagePage Page(List<Found> found, int limit, PageKey? next, DateTimeOffset? searchedTo) =>
        new([.. found.Take(limit).Select(f => f.Message).OfType<StoredMessage>()], next, searchedTo);

    /// <summary>How many rows are looked at: fewer where contents are looked into that are large.</summary>
    private static async Task<int> WindowAsync(NpgsqlConnection connection, FindSql sql, MessageFilter filter, CancellationToken stop)
    {
        var most = sql.IsFromDue ? DueWindow : LogWindow;
        if (filter.TextForms.Count + filter.HeaderForms.Count == 0)
            return most;
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { IndexPlans.Command(), sql.Window(most, MostBytes) } };
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        await reader.ReadAsync(stop).ConfigureAwait(false);
        return (int)Math.Max(reader.GetInt64(0), LeastWindow);
    }

    private static async Task<(PageKey? Next, DateTimeOffset? SearchedTo)> EdgeAsync(NpgsqlConnection connection, NpgsqlBatchCommand edge, CancellationToken stop)
    {
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { IndexPlans.Command(), edge } };
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        if (!await reader.ReadAsync(stop).ConfigureAwait(false))
            return (null, null);
        var key = new PageKey(reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetFieldValue<DateTimeOffset>(1));
        return (key, reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2));
    }

    /// <summary>The rows of a page, and null for one whose content does not fit. No content is kept that nobody wants: they may be large.</summary>
    private static async Task<List<Found>> ReadAsync(
        NpgsqlConnection connection, NpgsqlBatchCommand page, MessageQuery query, MessageFilter filter, CancellationToken stop)
    {
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { IndexPlans.Command(), page } };
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        var found = new List<Found>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            var content = reader.GetFieldValue<byte[]>(5);
            var message = Read(reader, query.Type) with { Content = query.IsWithContent ? Encoding.UTF8.GetString(content) : "" };
            var fits = !filter.NeedsContent || filter.FitsContent(content);
            found.Add(new(fits ? message : null, new(message.Id, message.StatusName == StatusName.Failed ? message.ExpiresAt : null), message.Added));
        }
        return found;
    }

    private static StoredMessage Read(NpgsqlDataReader reader, MessageType type) => new()
    {
        Id = reader.GetInt64(0),
        MessageId = reader.GetString(1),
        Version = new Lane(type, reader.GetString(2)).Version,
        Group = type == MessageType.Subscribe ? reader.GetString(2) : null,
        Name = reader.GetString(3),
        Key = reader.IsDBNull(4) ? null : reader.GetString(4),
        Content = "",
        Size = reader.GetInt32(6),
        Retries = reader.GetInt32(7),
        Added = reader.GetFieldValue<DateTimeOffset>(8),
        DueAt = reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9),
        ExpiresAt = reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10),
        StatusName = Enum.Parse<StatusName>(reader.GetString(11)),
        LastError = reader.IsDBNull(12) ? null : reader.GetString(12),
    };

    /// <remarks>Rows that hold up their key are few, and found by the index of failed keys alone.</remarks>
    private async Task<MessagePage> BlockingAsync(NpgsqlConnection connection, MessageQuery query, short? lane, MessageFilter filter, CancellationToken stop)
    {
        var sql = new FindSql(tables, query, default, lane, filter);
        var found = await ReadAsync(connection, sql.Blocking(query.Limit + 1), query, filter, stop).ConfigureAwait(false);
        return Page(found, query.Limit, found.Count > query.Limit ? new(found[query.Limit - 1].Key.Id) : null, null);
    }

    /// <summary>A row of a window.</summary>
    /// <param name="Message">The message; null when its content does not fit.</param>
    /// <param name="Key">Its place.</param>
    /// <param name="Added">When it was stored.</param>
    private readonly record struct Found(StoredMessage? Message, PageKey Key, DateTimeOffset Added);
}
