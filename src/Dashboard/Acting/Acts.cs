using Cap.Messages;
using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Dashboard;

/// <summary>Does what somebody wants, wakes who has work by it, and writes it to the log; the audit log is written by the storage.</summary>
internal static partial class Acts
{
    public static async Task<Acted> RunAsync(Sources sources, MessageAction action, CancellationToken stop)
    {
        var acted = await sources.Storage.Monitoring.ActAsync(action, stop).ConfigureAwait(false);
        Log.Done(sources.Log, action.By, action.Kind, acted.Changed, action.Ids.Count, Show.Address(action.Type));
        if (action.Kind == MessageActionKind.Retry && acted.Changed > 0)
            await WakeAsync(sources).ConfigureAwait(false);
        return acted;
    }

    /// <summary>Starts an operation. Returns its number.</summary>
    public static async Task<long> StartAsync(Sources sources, MessageActionKind kind, MessageQuery query, long expected, string by, CancellationToken stop)
    {
        var id = await sources.Storage.Monitoring
            .StartAsync(new(kind, query with { From = null, IsOldestFirst = false }, by, expected), stop)
            .ConfigureAwait(false);
        Log.Started(sources.Log, by, id, kind, expected, Show.Address(query.Type));
        await WakeAsync(sources).ConfigureAwait(false);
        return id;
    }

    /// <summary>False when it had ended before.</summary>
    public static async Task<bool> StopAsync(Sources sources, long id, string by, CancellationToken stop)
    {
        var isStopped = await sources.Storage.Monitoring.EndOperationAsync(new(id, OperationState.Stopped, by, $"Stopped by {by}."), stop).ConfigureAwait(false);
        Log.Stopped(sources.Log, by, id, isStopped);
        return isStopped;
    }

    /// <summary>Null when there is no such group.</summary>
    public static async Task<Acted?> PauseAsync(Sources sources, string group, bool isPaused, string by, CancellationToken stop)
    {
        var lane = new Lane(MessageType.Subscribe, group);
        if ((await sources.Storage.Monitoring.GetBacklogsAsync(stop).ConfigureAwait(false)).All(b => b.Lane != lane))
            return null;
        var acted = await sources.Storage.Monitoring.PauseAsync(new(lane, isPaused, by), stop).ConfigureAwait(false);
        Log.Paused(sources.Log, by, isPaused ? "pauses" : "resumes", group, acted.Changed);
        await WakeAsync(sources).ConfigureAwait(false);
        return acted;
    }

    /// <summary>Nodes that do not hear of it find out with their next heartbeat.</summary>
    private static async Task WakeAsync(Sources sources)
    {
        try
        {
            await sources.Storage.NotifyAsync([], CancellationToken.None).WaitAsync(Ask.Patience, sources.Time).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.NotWoken(sources.Log, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Information, "{By}: {Kind} changed {Changed} of {Asked} {Type} messages")]
        public static partial void Done(ILogger logger, string by, MessageActionKind kind, int changed, int asked, string type);

        [LoggerMessage(3, LogLevel.Information, "{By} starts operation {Id}: {Kind} of about {Expected} {Type} messages")]
        public static partial void Started(ILogger logger, string by, long id, MessageActionKind kind, long expected, string type);

        [LoggerMessage(4, LogLevel.Information, "{By} stops operation {Id}: {IsStopped}")]
        public static partial void Stopped(ILogger logger, string by, long id, bool isStopped);

        [LoggerMessage(5, LogLevel.Information, "{By} {What} group {Group}: {Changed} changed")]
        public static partial void Paused(ILogger logger, string by, string what, string group, int changed);

        [LoggerMessage(6, LogLevel.Debug, "The nodes could not be woken; they find out with their next heartbeat")]
        public static partial void NotWoken(ILogger logger, Exception error);
    }
}
