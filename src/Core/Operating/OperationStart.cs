using Cap.Messages;
using Cap.Storage;

namespace Cap.Operating;

/// <summary>Starts operations: on the messages that are there now, and on none that turn up before a node has got to it.</summary>
internal static class OperationStart
{
    /// <summary>Stores an operation. Returns its id.</summary>
    public static async Task<long> StartAsync(IMonitoringStorage storage, Operation operation, CancellationToken stop)
    {
        // The order of failed messages is that in which they failed.
        var isOfFailed = operation.Query.Status == StatusName.Failed;
        var newest = new MessageQuery { Type = operation.Type, Status = isOfFailed ? StatusName.Failed : null, Limit = 1, IsWithContent = false };
        var page = await storage.FindAsync(newest, stop).ConfigureAwait(false);
        var from = page.Messages is [var message] ? new PageKey(message.Id + 1, isOfFailed ? message.ExpiresAt : null) : new PageKey(0);
        return await storage
            .StartAsync(operation with { Query = operation.Query with { From = null, IsOldestFirst = false }, From = from }, stop)
            .ConfigureAwait(false);
    }
}
