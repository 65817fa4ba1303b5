using Cap.Monitoring;
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
/// goes straight on to its handlers. A batch that cannot be stored is kept and tried again, in its order: giving it back to the broker
/// would not keep that.
/// </summary>
internal sealed partial class Intake(
    SubscriberGroup group,
    GroupWorker worker,
    ITransport transport,
    IStorage storage,
    WakeUps wakeUps,
    GivenUp givenUp,
    Troubles troubles,
    CapOptions options,
    TimeProvider time,
    ILogger<Intake> log
)
{
    /// <summary>A broker that comes back is to be noticed within two seconds, and sending waits for this node's groups.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>A broker that works may be slow once: only when it has said no so often, the node sends without this group.</summary>
    private const int Patience = 3;

    private readonly DeliveryReader _reader = new(worker.Lane, options, time);
    private readonly string _subscribing = $"broker: subscribing group {group.Name}";
    private readonly string _storing = $"database: storing messages of group {group.Name}";
    private readonly string _refused = $"database: refused deliveries of group {group.Name}";
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _bound = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first try to subscribe has ended, well or not.</summary>
    public Task Tried => _tried.Task;

    /// <summary>
    /// Completes when the group's queue is there, or a broker that works has said no several times: before that, this node must not send, or
    /// its own group could miss a message on the very first start.
    /// </summary>
    public Task Bound => _bound.Task;

    public async Task RunAsync(CancellationToken stop)
    {
        var backOff = new BackOff(time, LongestPause);
        var (failing, refusals) = (false, 0);
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
                troubles.End(_subscribing);
                backOff.Reset();
                await StoreAsync(subscription, stop).ConfigureAwait(false);
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
                troubles.Begin(_subscribing, e, stopsWork: false);
                if (e is not BrokerConnectionException && ++refusals == Patience)
                    _bound.TrySetResult();
                _tried.TrySetResult();
                await backOff.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Stores and acknowledges batch after batch.</summary>
    private async Task StoreAsync(ISubscription subscription, CancellationToken stop)
    {
        var stored = new List<Arrival>();
        var sieve = new Sieve<Arrival>(
            async (arrivals, token) =>
            {
                await StoreAsync([.. arrivals.Select(a => a.Message)], token).ConfigureAwait(false);
                stored.AddRange(arrivals);
            },
            time
        )
        {
            KeyOf = arrival => arrival.Message.KeyHash,
            IsVoid = arrival => arrival.IsVoid,
            OnFailed = (e, count) =>
            {
                Log.StoreFailed(log, e, group.Name, count, storage.Description);
                troubles.Begin(_storing, e);
            },
            OnRecovered = count =>
            {
                if (count > 0)
                    Log.StoreRecovered(log, group.Name);
                else
                    Log.StoreMoot(log, group.Name);
                troubles.End(_storing);
            },
            OnSetAside = (count, first) => troubles.Refused(_refused, count, first?.Message.Name, first?.Message.MessageId),
            OnRefused = (arrival, e) => Log.StoreRefused(log, e, group.Name, arrival.Message.Name, arrival.Message.MessageId, storage.Description),
        };
        try
        {
            Task<IReadOnlyList<Delivery>>? reading = null;
            while (true)
            {
                reading ??= subscription.ReadAsync(options.SchedulerBatchSize, stop).AsTask();
                await sieve.WaitAsync(reading).ConfigureAwait(false);
                try
                {
                    if (reading.IsCompleted)
                    {
                        var deliveries = await reading.ConfigureAwait(false);
                        await sieve.StoreAsync(Fresh(deliveries, sieve), stop).ConfigureAwait(false);
                        reading = null;
                    }
                    if (sieve.IsDue)
                        await sieve.RetryAsync(stop).ConfigureAwait(false);
                }
                finally
                {
                    // Also when the node stops meanwhile: what is stored need not come again.
                    if (stored.Count > 0)
                        await subscription.AcknowledgeAsync([.. stored.SelectMany(a => a.Deliveries)], CancellationToken.None).ConfigureAwait(false);
                    stored.Clear();
                }
            }
        }
        finally
        {
            // What was kept is let go with the subscription, and comes again with the next one.
            troubles.End(_storing);
            troubles.End(_refused);
        }
    }

    /// <summary>
    /// What is not set aside already. What is set aside and void is dropped first: it comes again in its order, which this may be the
    /// beginning of. A copy beside a live delivery is acknowledged together with that.
    /// </summary>
    private List<Arrival> Fresh(IReadOnlyList<Delivery> deliveries, Sieve<Arrival> sieve)
    {
        sieve.DropVoid();
        var known = sieve.SetAside.ToDictionary(a => a.Message.MessageId);
        var fresh = new List<Arrival>(deliveries.Count);
        foreach (var delivery in deliveries)
        {
            var message = _reader.Read(delivery);
            if (!known.TryGetValue(message.MessageId, out var arrival))
                fresh.Add(known[message.MessageId] = arrival = new(message));
            arrival.Deliveries.Add(delivery);
        }
        return fresh;
    }

    private async Task StoreAsync(List<IncomingMessage> messages, CancellationToken stop)
    {
        var watch = worker.BeginOffer();
        var rows = new List<DueMessage>();
        try
        {
            rows = Rows(messages, await storage.ReceiveAsync(messages, stop).ConfigureAwait(false));
        }
        finally
        {
            worker.Offer(rows, watch);
        }
        wakeUps.Committed(worker.Lane, rows.Select(r => r.Shard).ToHashSet(), wakeHere: false);
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
                    Parts = message.Parts,
                }
            );
        }
        return rows;
    }

    /// <summary>A message on its way into the inbox, and every delivery of it.</summary>
    private sealed class Arrival(IncomingMessage message)
    {
        public IncomingMessage Message { get; } = message;

        public List<Delivery> Deliveries { get; } = [];

        public bool IsVoid => Deliveries.TrueForAll(d => d.IsVoid);
    }

    private static partial class Log
    {
        [LoggerMessage(181, LogLevel.Information, "Group {Group} listens at {Broker} to {Names}")]
        public static partial void Subscribed(ILogger logger, string group, string broker, string names);

        [LoggerMessage(182, LogLevel.Error, "Group {Group} cannot subscribe at {Broker}; trying until it works")]
        public static partial void SubscribeFailed(ILogger logger, Exception error, string group, string broker);

        [LoggerMessage(183, LogLevel.Warning, "Group {Group}: {Count} messages cannot be stored in {Storage}; they stay unacknowledged, trying until it works")]
        public static partial void StoreFailed(ILogger logger, Exception error, string group, int count, string storage);

        [LoggerMessage(
            185,
            LogLevel.Error,
            "Group {Group}: {Storage} refuses '{Name}' {MessageId}, and takes others. It stays unacknowledged at the broker and is tried again, "
                + "and later messages of its key wait; the others go on"
        )]
        public static partial void StoreRefused(ILogger logger, Exception error, string group, string name, string messageId, string storage);

        [LoggerMessage(184, LogLevel.Information, "Group {Group}: storing works again")]
        public static partial void StoreRecovered(ILogger logger, string group);

        [LoggerMessage(186, LogLevel.Information, "Group {Group}: nothing waits to be stored any more; the broker delivers it again, here or elsewhere")]
        public static partial void StoreMoot(ILogger logger, string group);
    }
}
