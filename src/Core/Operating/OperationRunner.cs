using Cap.Retrying;
using Cap.Storage;
using Cap.Waking;
using Microsoft.Extensions.Logging;

namespace Cap.Operating;

/// <summary>
/// Runs what people want done to all messages that a query finds: batch after batch, each of them a transaction with the progress in it. One
/// node at a time runs an operation; when it ends or is killed, another one goes on where it was.
/// </summary>
internal sealed partial class OperationRunner(CapOptions options, IStorage storage, WakeUps wakeUps, TimeProvider time, ILogger<OperationRunner> log)
{
    private const int BatchSize = 200;

    /// <summary>An operation of a node that is not heard of for so long is taken over.</summary>
    private static readonly TimeSpan TakenFor = TimeSpan.FromSeconds(30);

    /// <summary>Tries in a row after which an operation is given up: whatever stops it is not going to pass.</summary>
    private const int Patience = 10;

    private readonly string _node = $"{options.NodeName}#{Guid.NewGuid().ToString("N")[..8]}";
    private long _failing;
    private int _failures;

    /// <summary>Runs operations until stopped. There may be one already when the node starts.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var backOff = new BackOff(time);
        while (!stop.IsCancellationRequested)
        {
            Operation? taken = null;
            try
            {
                while ((taken = await storage.Monitoring.TakeOperationAsync(_node, TakenFor, stop).ConfigureAwait(false)) is not null)
                {
                    await RunOnceAsync(taken, stop).ConfigureAwait(false);
                    backOff.Reset();
                }
                await wakeUps.Operations.WaitAsync(Timeout.InfiniteTimeSpan, time, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.Failed(log, e, taken?.Id);
                if (taken is not null && taken.Id != _failing)
                    (_failing, _failures) = (taken.Id, 0);
                if (taken is not null && ++_failures >= Patience)
                {
                    _failures = 0;
                    await GiveUpAsync(taken, e, stop).ConfigureAwait(false);
                }
                await backOff.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Runs an operation that this node has taken, until it is done or stopped.</summary>
    public async Task RunOnceAsync(Operation operation, CancellationToken stop)
    {
        Log.Goes(log, operation.Id, operation.Kind, operation.By, operation.Changed);
        var renewed = time.GetTimestamp();
        var from = operation.From;
        do
        {
            if (time.GetElapsedTime(renewed) > TakenFor / 3)
            {
                if ((await storage.Monitoring.TakeOperationAsync(_node, TakenFor, stop).ConfigureAwait(false))?.Id != operation.Id)
                    return;
                renewed = time.GetTimestamp();
            }
            // Newest first: what turns up while it runs is in front of where it is, and is not meant.
            var query = operation.Query with { From = from, Limit = BatchSize, IsOldestFirst = false, IsWithContent = false };
            var page = await storage.Monitoring.FindAsync(query, stop).ConfigureAwait(false);
            from = page.Next;
            var action = new MessageAction(operation.Type, operation.Kind, [.. page.Messages.Select(m => m.Id)], operation.By)
            {
                Operation = new(operation.Id, _node, from),
            };
            var acted = await storage.Monitoring.ActAsync(action, stop).ConfigureAwait(false);
            _failures = 0;
            if (!acted.IsHeld)
                return;
            // What was retried is due now: whoever owns its shard should not have to find out by looking.
            if (operation.Kind == MessageActionKind.Retry && acted.Changed > 0)
                await storage.NotifyAsync([], stop).ConfigureAwait(false);
        } while (from is not null);
        Log.Done(log, operation.Id, operation.Kind, operation.By);
    }

    private async Task GiveUpAsync(Operation operation, Exception error, CancellationToken stop)
    {
        try
        {
            await storage.Monitoring.EndOperationAsync(new(operation.Id, OperationState.Failed, operation.By, error.Message), stop).ConfigureAwait(false);
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            Log.Failed(log, e, operation.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(201, LogLevel.Information, "Operation {Id} ({Kind} by {By}) goes on; it has changed {Changed} messages so far")]
        public static partial void Goes(ILogger logger, long id, MessageActionKind kind, string by, long changed);

        [LoggerMessage(202, LogLevel.Information, "Operation {Id} ({Kind} by {By}) is done")]
        public static partial void Done(ILogger logger, long id, MessageActionKind kind, string by);

        [LoggerMessage(203, LogLevel.Warning, "Operation {Id} failed; it is tried again")]
        public static partial void Failed(ILogger logger, Exception error, long? id);
    }
}
