using Cap.Messages;
using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>Does what people want done to unsettled messages.</summary>
internal sealed class Acting(Database database)
{
    /// <summary>How many rows really changed.</summary>
    public int Act(SqliteConnection connection, SqliteTransaction? transaction, MessageAction action)
    {
        using var statement = new Statement(connection, transaction, _select(action.Type, action.Kind));
        var ids = statement.All(row => row.GetInt64(0), ("$ids", Statement.Ids(action.Ids)));
        if (action.Kind == MessageActionKind.Retry)
            Retry(connection, transaction, action.Type, ids);
        else
            Delete(connection, transaction, action.Type, ids);
        return ids.Count;
    }

    // What is due already needs no hurry, and is not counted.
    private readonly Func<MessageType, MessageActionKind, string> _select = (type, kind) => $"""
        SELECT Id FROM {database.Tables.Due(type)} WHERE Id IN (SELECT value FROM json_each($ids))
        {kind switch
    {
        MessageActionKind.Retry => $"AND (DueAt IS NULL OR DueAt > {Clock.Now})",
        MessageActionKind.Cancel => $"AND Retries = 0 AND DueAt > {Clock.Now}",
        _ => "",
    }}
        """;

    private readonly Func<MessageType, string> _retry = type => $"""
        UPDATE {database.Tables.Due(type)} SET DueAt = {Clock.Now}, ExpiresAt = NULL WHERE Id IN (SELECT value FROM json_each($ids))
        """;

    private void Retry(SqliteConnection connection, SqliteTransaction? transaction, MessageType type, IReadOnlyList<long> ids)
    {
        using var retry = new Statement(connection, transaction, _retry(type));
        retry.Run(("$ids", Statement.Ids(ids)));
    }

    private readonly Func<MessageType, string> _delete = type => $"""
        DELETE FROM {database.Tables.Attempt} WHERE Type = {(int)type} AND Id IN (SELECT value FROM json_each($ids));
        DELETE FROM {database.Tables.Due(type)} WHERE Id IN (SELECT value FROM json_each($ids));
        DELETE FROM {database.Tables.Log(type)} WHERE Id IN (SELECT value FROM json_each($ids))
        """;

    /// <summary>Removes messages with everything that belongs to them, but not the memory of their ids.</summary>
    public void Delete(SqliteConnection connection, SqliteTransaction? transaction, MessageType type, IReadOnlyList<long> ids)
    {
        if (ids.Count == 0)
            return;
        using var delete = new Statement(connection, transaction, _delete(type));
        delete.Run(("$ids", Statement.Ids(ids)));
    }
}
