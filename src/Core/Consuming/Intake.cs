using Cap.Retrying;
using Cap.Storage;
using Cap.Subscribing;
using Cap.Transport;
using Cap.Waking;
using Cap.Working;
using Microsoft.Extensions.Logging;

namespace Cap.Consuming;

/// <summary>
/// Stores what the broker delivers to a group, in batches of what has gathered, and acknowledges it only then. What this node may work
/// goes straight on to its handlers.
/// </summary>
internal sealed partial class Intake(
    SubscriberGroup group,
    GroupWorker worker,
    DeliveryReader reader,
    ITransport transport,
    IStorage storage,
    WakeUps wakeUps,
    GivenUp givenUp,
    CapOptions options,
    TimeProvider time,
    ILogger<Intake> log
)
{
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _bound = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first try to subscribe has ended, well or not.</summary>
    public Task Tried => _tried.Task;

    /// <summary>
    /// Completes when the group's queue is there, or a broker that works has said no: before that, this node must not send, or its own
    /// group could miss a message on the very first start.
    /// </summary>
    public Task Bound => _bound.Task;

    public async Task RunAsync(CancellationToken stop)
    {
        var backOff = new BackOff(time);
        var failing = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var subscription = await transport
                    .SubscribeAsync(new(group.Name, group.Names, options.SchedulerBatchSize), stop)
                    .ConfigureAwait(false);
                await using var _ = subscription.ConfigureAwait(false);
                Log.Subscribed(log, group.Name, transport.Description, string.Join(", ", group.Names));
                _bound.TrySetResult();
                _tried.TrySetResult();
                failing = false;
                backOff.Reset();
                while (true)
                    await RunOnceAsync(subscription, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!failing)
                    Log.SubscribeFailed(log, e, group.Name, transport.Description);
                failing = true;
                if (e is not BrokerConnectionException)
                    _bound.TrySetResult();
                _tried.TrySetResult();
                await backOff.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Stores and acknowledges one batch.</summary>
    public async Task RunOnceAsync(ISubscription subscription, CancellationToken stop)
    {
        var deliveries = await subscription.ReadAsync(options.SchedulerBatchSize, stop).ConfigureAwait(false);
        var messages = deliveries.Select(d => reader.Read(d.Message, worker.Lane)).ToList();
        var watch = worker.BeginOffer();
        var rows = new List<DueMessage>();
        try
        {
            var ids = await StoreAsync(messages, stop).ConfigureAwait(false);
            rows = Rows(messages, ids);
        }
        finally
        {
            worker.Offer(rows, watch);
        }
        await subscription.AcknowledgeAsync(deliveries, stop).ConfigureAwait(false);
        wakeUps.Committed(worker.Lane, rows.Select(r => r.Shard).ToHashSet(), wakeHere: false);
    }

    private async Task<IReadOnlyList<long?>> StoreAsync(List<IncomingMessage> messages, CancellationToken stop)
    {
        var backOff = new BackOff(time);
        for (var failures = 0; ; failures++)
        {
            try
            {
                var ids = await storage.ReceiveAsync(messages, stop).ConfigureAwait(false);
                if (failures > 0)
                    Log.StoreRecovered(log, group.Name);
                return ids;
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                // Keeping the batch and trying again keeps its order; giving it back to the broker would not.
                if (failures == 0)
                    Log.StoreFailed(log, e, group.Name, messages.Count, storage.Description);
                await backOff.WaitAsync(stop).ConfigureAwait(false);
            }
        }
    }

    private List<DueMessage> Rows(List<IncomingMessage> messages, IReadOnlyList<long?> ids)
    {
        var rows = new List<DueMessage>(messages.Count);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (ids[i] is not { } id)
                continue;
            if (message.Rejected is { } rejected)
            {
                givenUp.Report(worker.Lane, message.Name, message.MessageId, message.Content, rejected);
                continue;
            }
            rows.Add(
                new()
                {
                    Id = id,
                    Shard = message.Shard,
                    KeyHash = message.KeyHash,
                    MessageId = message.MessageId,
                    Name = message.Name,
                    Content = message.Content,
                }
            );
        }
        return rows;
    }

    private static partial class Log
    {
        [LoggerMessage(181, LogLevel.Information, "Group {Group} listens at {Broker} to {Names}")]
        public static partial void Subscribed(ILogger logger, string group, string broker, string names);

        [LoggerMessage(182, LogLevel.Error, "Group {Group} cannot subscribe at {Broker}; trying until it works")]
        public static partial void SubscribeFailed(ILogger logger, Exception error, string group, string broker);

        [LoggerMessage(183, LogLevel.Warning, "Group {Group}: {Count} messages cannot be stored in {Storage}; they stay unacknowledged, trying until it works")]
        public static partial void StoreFailed(ILogger logger, Exception error, string group, int count, string storage);

        [LoggerMessage(184, LogLevel.Information, "Group {Group}: storing works again")]
        public static partial void StoreRecovered(ILogger logger, string group);
    }
}
