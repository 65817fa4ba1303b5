using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Brings together what is known of one message.</summary>
internal static class OneMessage
{
    /// <summary>The message with its content; null when there is none (any more).</summary>
    public static async Task<StoredMessage?> FindAsync(IMonitoringStorage storage, MessageType type, long id, CancellationToken stop) =>
        (await storage.FindAsync(new() { Type = type, Id = id, Limit = 1 }, stop).ConfigureAwait(false)).Messages is [var message] ? message : null;

    /// <summary>Its rows on the other side, as far as a bounded search finds them.</summary>
    public static async Task<Related> OtherSideAsync(IMonitoringStorage storage, MessageType type, StoredMessage message, CancellationToken stop)
    {
        var other = type == MessageType.Publish ? MessageType.Subscribe : MessageType.Publish;
        var query = new MessageQuery { Type = other, MessageId = message.MessageId, IsWithContent = false, Limit = 20 };
        return new(query, await storage.FindAsync(query, stop).ConfigureAwait(false));
    }

    /// <summary>Answers that were published behind it, by the name it asks for and its conversation, as far as a bounded search finds them.</summary>
    public static async Task<Related> AnswersAsync(
        IMonitoringStorage storage, StoredMessage message, IReadOnlyDictionary<string, string?> headers, CancellationToken stop)
    {
        if (headers.GetValueOrDefault(Headers.CallbackName) is not { Length: > 0 } callback)
            return new(new() { Type = MessageType.Publish }, new([], null, null));
        var query = new MessageQuery
        {
            Type = MessageType.Publish,
            Name = callback,
            Header = new(Headers.CorrelationId, headers.GetValueOrDefault(Headers.CorrelationId) ?? message.MessageId),
            AddedFrom = message.Added,
            IsOldestFirst = true,
            IsWithContent = false,
            Limit = 20,
        };
        return new(query, await storage.FindAsync(query, stop).ConfigureAwait(false));
    }

    /// <summary>The row that holds up its key; null for none, or if it is not held up.</summary>
    public static async Task<StoredMessage?> HeadAsync(IMonitoringStorage storage, MessageType type, StoredMessage message, CancellationToken stop)
    {
        if (message.Key is null || message.StatusName == StatusName.Succeeded)
            return null;
        var query = new MessageQuery { Type = type, IsBlocking = true, Key = message.Key, Group = message.Group, IsWithContent = false, Limit = 20 };
        var heads = (await storage.FindAsync(query, stop).ConfigureAwait(false)).Messages;
        return heads.FirstOrDefault(head => head.Version == message.Version && head.Id <= message.Id);
    }
}
