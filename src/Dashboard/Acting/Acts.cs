using System.Text;
using Cap.Messages;
using Cap.Operating;
using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Dashboard;

/// <summary>
/// Does what somebody wants, forgets what the pages knew from before, wakes who has work by it, and writes it to the log; the audit log is
/// written by the storage.
/// </summary>
internal static partial class Acts
{
    public static async Task<Acted> RunAsync(Sources sources, MessageAction action, CancellationToken stop)
    {
        var acted = await ChangeAsync(sources, monitoring => monitoring.ActAsync(action, stop)).ConfigureAwait(false);
        Log.Done(sources.Log, action.By, action.Kind, acted.Changed, action.Ids.Count, Show.Address(action.Type));
        if (action.Kind == MessageActionKind.Retry && acted.Changed > 0)
            await WakeAsync(sources).ConfigureAwait(false);
        return acted;
    }

    /// <summary>Sends a message once more. Returns the id of the new one, and the entry of the audit log.</summary>
    /// <exception cref="ArgumentException">What was to be sent cannot be.</exception>
    public static Task<(string MessageId, long AuditId)> ReplayAsync(
        Sources sources, MessageType type, StoredMessage from, IReadOnlyDictionary<string, string?> headers, string value, string by, CancellationToken stop) =>
        ChangeAsync(sources, _ => sources.Replay.SendAsync(type, from, headers, Encoding.UTF8.GetBytes(value), by, stop));

    /// <summary>Starts an operation. Returns its number.</summary>
    public static async Task<long> StartAsync(Sources sources, MessageActionKind kind, MessageQuery query, long expected, string by, CancellationToken stop)
    {
        var id = await ChangeAsync(sources, monitoring => OperationStart.StartAsync(monitoring, new(kind, query, by, expected), stop)).ConfigureAwait(false);
        Log.Started(sources.Log, by, id, kind, expected, Show.Address(query.Type));
        await WakeAsync(sources).ConfigureAwait(false);
        return id;
    }

    /// <summary>False when it had ended before.</summary>
    public static async Task<bool> StopAsync(Sources sources, long id, string by, CancellationToken stop)
    {
        var end = new OperationEnd(id, OperationState.Stopped, by, $"Stopped by {by}.");
        var isStopped = await ChangeAsync(sources, monitoring => monitoring.EndOperationAsync(end, stop)).ConfigureAwait(false);
        Log.Stopped(sources.Log, by, id, isStopped);
        return isStopped;
    }

    /// <summary>Null when there is no such group, here or on any node.</summary>
    public static async Task<Acted?> PauseAsync(Sources sources, string group, bool isPaused, string by, CancellationToken stop)
    {
        var lane = new Lane(MessageType.Subscribe, group);
        if (!await IsThereAsync(sources, lane, stop).ConfigureAwait(false))
            return null;
        var acted = await ChangeAsync(sources, monitoring => monitoring.PauseAsync(new(lane, isPaused, by), stop)).ConfigureAwait(false);
        Log.Paused(sources.Log, by, isPaused ? "pauses" : "resumes", group, acted.Changed);
        await WakeAsync(sources).ConfigureAwait(false);
        return acted;
    }

    /// <summary>A group need not have got a message yet: it is known to the application that handles it, and to every node that works it.</summary>
    private static async Task<bool> IsThereAsync(Sources sources, Lane lane, CancellationToken stop)
    {
        if (sources.Catalog.Value.Groups.Any(g => g.Name == lane.Name))
            return true;
        if ((await sources.Storage.Monitoring.GetBacklogsAsync(stop).ConfigureAwait(false)).Any(b => b.Lane == lane))
            return true;
        var cluster = await sources.Storage.Monitoring.GetClusterAsync(stop).ConfigureAwait(false);
        return cluster.Nodes.Any(n => n.Lanes.Contains(lane)) || cluster.Paused.Any(p => p.Lane == lane);
    }

    /// <summary>Also when it fails, something may have been changed.</summary>
    private static async Task<T> ChangeAsync<T>(Sources sources, Func<IMonitoringStorage, Task<T>> change)
    {
        try
        {
            return await change(sources.Storage.Monitoring).ConfigureAwait(false);
        }
        finally
        {
            sources.Forget();
        }
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
