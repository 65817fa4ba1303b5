using System.Text;
using Cap.Messages;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Looks for messages, a bounded number of rows for each page.</summary>
internal sealed class PostgreSqlFinding(Database database, Lanes lanes, Tables tables)
{
    /// <summary>Rows of the log that are looked at for a page: about 30 ms, if the database has them in memory.</summary>
    internal const int LogWindow = 20_000;

    /// <summary>Due rows that are looked at for a page, each with its message.</summary>
    internal const int DueWindow = 2_000;

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
        // One more than asked for, to know whether there are more.
        var window = sql.IsFiltered ? Math.Max(query.Limit + 1, sql.IsFromDue ? DueWindow : LogWindow) : query.Limit + 1;
        var found = await ReadAsync(connection, sql.Page(window, query.Limit + 1), query.Type, stop).ConfigureAwait(false);
        PageKey? next = null;
        DateTimeOffset? searchedTo = null;
        if (found.Count > query.Limit)
        {
            found.RemoveAt(query.Limit);
            next = found[^1].Key;
        }
        else if (sql.IsFiltered)
        {
            (next, searchedTo) = await EdgeAsync(connection, sql.Edge(window), stop).ConfigureAwait(false);
        }
        var messages = found.Select(f => f.Message).Where(m => !filter.NeedsContent || filter.FitsContent(Encoding.UTF8.GetBytes(m.Content)));
        return new([.. query.IsWithContent ? messages : messages.Select(m => m with { Content = "" })], next, searchedTo);
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

    private static async Task<List<(StoredMessage Message, PageKey Key)>> ReadAsync(
        NpgsqlConnection connection, NpgsqlBatchCommand page, MessageType type, CancellationToken stop)
    {
        using var batch = new NpgsqlBatch(connection) { BatchCommands = { IndexPlans.Command(), page } };
        var reader = await batch.ExecuteReaderAsync(stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        await reader.NextResultAsync(stop).ConfigureAwait(false);
        var found = new List<(StoredMessage, PageKey)>();
        while (await reader.ReadAsync(stop).ConfigureAwait(false))
        {
            var message = Read(reader, type);
            found.Add((message, new(message.Id, message.StatusName == StatusName.Failed ? message.ExpiresAt : null)));
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
        Content = Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(5)),
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
        var found = await ReadAsync(connection, sql.Blocking(query.Limit + 1), query.Type, stop).ConfigureAwait(false);
        var hasMore = found.Count > query.Limit;
        if (hasMore)
            found.RemoveAt(query.Limit);
        return new([.. found.Select(f => f.Message)], hasMore ? new(found[^1].Message.Id) : null, null);
    }
}
