using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

/// <summary>What tests look for in a storage, in few words.</summary>
public static class Looking
{
    /// <summary>The first page.</summary>
    public static async Task<IReadOnlyList<StoredMessage>> FindAsync(this IStorage storage, MessageQuery query, CancellationToken stop) =>
        (await storage.Monitoring.FindAsync(query, stop)).Messages;

    /// <summary>What is not settled.</summary>
    public static async Task<MessageCounts> CountAsync(this IStorage storage, MessageType type, CancellationToken stop) =>
        await storage.Monitoring.CountAsync(type, stop) with { Succeeded = 0 };

    public static Task<IReadOnlyList<Attempt>> GetAttemptsAsync(this IStorage storage, MessageType type, long id, CancellationToken stop) =>
        storage.Monitoring.GetAttemptsAsync(type, id, stop);

    public static async Task<int> ActAsync(this IStorage storage, MessageAction action, CancellationToken stop) =>
        (await storage.Monitoring.ActAsync(action, stop)).Changed;
}
