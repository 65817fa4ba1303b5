using System.Threading.Channels;
using Cap.Transport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cap.RabbitMQ;

/// <summary>
/// A consumer on a group's queue that comes back after every outage, with its queue if that is gone too. Deliveries of an earlier
/// channel are passed over: the broker delivers them again. When a broker that works otherwise refuses it, reading ends with the reason.
/// </summary>
internal sealed partial class RabbitMQSubscription(
    SubscribeRequest request,
    ConnectionSource connections,
    Topology topology,
    RabbitMQOptions options,
    IServiceProvider services,
    string broker,
    TimeProvider time,
    ILogger log,
    Action<RabbitMQSubscription> onDisposed) : ISubscription
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    /// <summary>A broker that comes back may fail a try or two for other reasons.</summary>
    private const int Patience = 3;

    // The broker bounds it: it delivers no more than the prefetch count without acknowledgement.
    private readonly Channel<RabbitMQDelivery> _deliveries = Channel.CreateUnbounded<RabbitMQDelivery>(
        new() { SingleReader = true, SingleWriter = false });
    private readonly CancellationTokenSource _stopping = new();
    private Task _keeping = Task.CompletedTask;
    private int _isDisposed;

    /// <summary>Opens the first consumer, and keeps one open from then on.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        var first = await OpenAsync(stop).ConfigureAwait(false);
        _keeping = KeepAsync(first);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Delivery>> ReadAsync(int max, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        stop.ThrowIfCancellationRequested();
        var read = new List<Delivery>();
        while (read.Count == 0)
        {
            var isOpen = await _deliveries.Reader.WaitToReadAsync(stop).ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(!isOpen || _stopping.IsCancellationRequested, this);
            while (read.Count < max && _deliveries.Reader.TryRead(out var delivery))
            {
                if (delivery.Channel.IsAlive)
                    read.Add(delivery);
            }
        }
        return read;
    }

    /// <inheritdoc/>
    public async Task AcknowledgeAsync(IReadOnlyList<Delivery> deliveries, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(deliveries);
        stop.ThrowIfCancellationRequested();
        foreach (var ofChannel in deliveries.Cast<RabbitMQDelivery>().GroupBy(delivery => delivery.Channel))
        {
            if (ofChannel.Key.IsAlive)
                await ofChannel.Key.AcknowledgeAsync(ofChannel, stop).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _stopping.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _deliveries.Writer.TryComplete();
            onDisposed(this);
        }
        await _keeping.ConfigureAwait(false);
    }

    private async Task KeepAsync(ConsumerChannel first)
    {
        var current = first;
        try
        {
            while (true)
            {
                var reason = await current.Ended.WaitAsync(_stopping.Token).ConfigureAwait(false);
                await current.DisposeAsync().ConfigureAwait(false);
                current = await ReopenAsync(current, reason).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            _deliveries.Writer.TryComplete(_stopping.IsCancellationRequested ? null : e);
            await current.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<ConsumerChannel> ReopenAsync(ConsumerChannel lost, string reason)
    {
        // When the connection is lost, that is said once for all groups.
        var isSaid = !lost.Connection.IsOpen;
        if (!isSaid)
            Log.Ended(log, request.Group, broker, reason);
        var failures = 0;
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            // Jittered, so that nodes that lost the broker together do not come back together.
            await Task.Delay(delay * (0.5 + (Random.Shared.NextDouble() / 2)), time, _stopping.Token).ConfigureAwait(false);
            try
            {
                var opened = await OpenAsync(_stopping.Token).ConfigureAwait(false);
                if (!isSaid)
                    Log.Reopened(log, request.Group, broker);
                return opened;
            }
            catch (Exception e) when (!_stopping.IsCancellationRequested)
            {
                if (!connections.IsAway && (e is CapException and not BrokerConnectionException || ++failures == Patience))
                    throw;
            }
        }
    }

    private async Task<ConsumerChannel> OpenAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(options.ConfirmTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        IConnection? connection = null;
        try
        {
            connection = await connections.GetAsync(either.Token).ConfigureAwait(false);
            return await ConsumerChannel
                .OpenAsync(connection, topology, request, options, services, log, _deliveries.Writer, either.Token)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException && !stop.IsCancellationRequested)
        {
            if (connection is not null && await AnswersAsync(connection).ConfigureAwait(false))
            {
                throw new CapException(
                    $"{broker} did not answer within {options.ConfirmTimeout} when group '{request.Group}' subscribed, though it answers otherwise. "
                        + $"See whether the queue '{request.Group}' has a majority of its members.",
                    e
                );
            }
            if (connection is not null)
                connections.Discard(connection, $"no answer within {options.ConfirmTimeout}");
            throw new BrokerConnectionException($"{broker} did not answer within {options.ConfirmTimeout} when group '{request.Group}' subscribed.", e);
        }
        catch (ChannelAllocationException e)
        {
            // A channel on which the broker owes an answer cannot be closed and used again: a queue that is silent for hours takes them all.
            connections.Discard(connection!, "all of its channels are taken");
            throw new BrokerConnectionException($"{broker} has no channel left for group '{request.Group}'.", e);
        }
    }

    /// <summary>
    /// Whether the connection works. A single queue may be silent, because it has no majority or its process hangs; the other groups share
    /// the connection and must not lose it for that.
    /// </summary>
    private async Task<bool> AnswersAsync(IConnection connection)
    {
        try
        {
            using var limit = new CancellationTokenSource(AnswerTime, time);
            var channel = await connection.CreateChannelAsync(cancellationToken: limit.Token).ConfigureAwait(false);
            await using var _ = channel.ConfigureAwait(false);
            await channel.CloseAsync(limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(320, LogLevel.Warning, "Group {Group} lost its consumer at {Broker}: {Reason}. It is opened again as soon as that works")]
        public static partial void Ended(ILogger logger, string group, string broker, string reason);

        [LoggerMessage(321, LogLevel.Information, "Group {Group} has its consumer at {Broker} again")]
        public static partial void Reopened(ILogger logger, string group, string broker);
    }
}
