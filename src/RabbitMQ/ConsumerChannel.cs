using System.Threading.Channels;
using Cap.Transport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Cap.RabbitMQ;

/// <summary>A channel with one consumer on a group's queue. When it ends, what it delivered can no longer be acknowledged.</summary>
internal sealed partial class ConsumerChannel : AsyncDefaultBasicConsumer, IAsyncDisposable
{
    private const int LeastFrames = 50;

    /// <summary>How many times the messages asked for would be there if all bundles were full.</summary>
    private const int FullBundles = 5;

    private readonly RabbitMQOptions _options;
    private readonly IServiceProvider _services;
    private readonly ILogger _log;
    private readonly ChannelWriter<RabbitMQDelivery> _deliveries;
    private readonly Acknowledgements _acknowledgements = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ConsumerChannel(
        IConnection connection,
        IChannel channel,
        RabbitMQOptions options,
        IServiceProvider services,
        ILogger log,
        ChannelWriter<RabbitMQDelivery> deliveries)
        : base(channel) =>
        (Connection, _options, _services, _log, _deliveries) = (connection, options, services, log, deliveries);

    /// <summary>The connection it lives on.</summary>
    public IConnection Connection { get; }

    /// <summary>Ends when the consumer does, with the reason.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>What it delivered can still be acknowledged.</summary>
    public bool IsAlive => !_ended.Task.IsCompleted;

    /// <summary>Makes exchange, queue and bindings exist and opens a consumer that writes to <paramref name="deliveries"/>.</summary>
    public static async Task<ConsumerChannel> OpenAsync(
        IConnection connection,
        Topology topology,
        SubscribeRequest request,
        RabbitMQOptions options,
        IServiceProvider services,
        ILogger log,
        ChannelWriter<RabbitMQDelivery> deliveries,
        CancellationToken stop)
    {
        // One delivery at a time: the order of the queue is the order of the reader.
        var channel = await connection.CreateChannelAsync(new(false, false, null, consumerDispatchConcurrency: 1), stop).ConfigureAwait(false);
        var consumer = new ConsumerChannel(connection, channel, options, services, log, deliveries);
        try
        {
            await topology.DeclareExchangeAsync(channel, stop).ConfigureAwait(false);
            await topology.DeclareQueueAsync(channel, request, stop).ConfigureAwait(false);
            var prefetch = options.BasicQosOptions?.PrefetchCount ?? (ushort)Math.Min(FramesFor(request.Prefetch, options.MaxBundle), ushort.MaxValue);
            await channel.BasicQosAsync(0, prefetch, global: false, stop).ConfigureAwait(false);
            await channel.BasicConsumeAsync(request.Group, autoAck: false, consumer, stop).ConfigureAwait(false);
            return consumer;
        }
        catch
        {
            await consumer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Acknowledges deliveries of this channel; passes over those it cannot.</summary>
    public async Task AcknowledgeAsync(IEnumerable<RabbitMQDelivery> deliveries, CancellationToken stop)
    {
        // In turn: "all up to 20" must not overtake "all up to 10".
        await _turn.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            foreach (var (tag, multiple) in _acknowledgements.Add(deliveries.Select(d => d.Acknowledge()).OfType<ulong>()))
                await Channel.BasicAckAsync(tag, multiple, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationInterruptedException or ObjectDisposedException || !Channel.IsOpen)
        {
            // The channel is gone, and the broker delivers these again.
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public override Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        List<KeyValuePair<string, string>> added = [];
        if (_options.CustomHeadersBuilder is { } builder && !IncomingFrame.IsBundle(properties))
        {
            try
            {
                added = builder(new(consumerTag, deliveryTag, redelivered, exchange, routingKey, properties, body, cancellationToken), _services);
                // Whatever it returns: an exception behind this would leave the message undelivered and unacknowledged.
                if (added is null || added.Exists(header => header.Key is null))
                    throw new InvalidOperationException("It returned null, or a header without a name.");
            }
            catch (Exception e)
            {
                added = [];
                Log.CustomHeadersFailed(_log, e, routingKey);
            }
        }
        var (messages, fault) = IncomingFrame.Read(routingKey, properties, body, added);
        var frame = new Unacknowledged(deliveryTag, messages.Count);
        foreach (var message in messages)
            _deliveries.TryWrite(new(message, redelivered, this, frame, fault));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        _ended.TrySetResult("the broker cancelled the consumer; its queue was deleted or moved");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason)
    {
        _ended.TrySetResult(reason.ReplyText);
        return Task.CompletedTask;
    }

    /// <summary>Ends the channel, and with it the consumer: what is not acknowledged goes back to the queue.</summary>
    /// <remarks>
    /// The consumer is not cancelled first. The queue would make the next consumer the active one at once, and that one would get what came later
    /// before this channel has given back what came earlier. A channel that is closed gives back and makes way in one step. It may forget
    /// acknowledgements that wait for their turn (a quorum queue has 32 under way): those messages come again, and the inbox knows them.
    /// </remarks>
    public async ValueTask DisposeAsync()
    {
        _ended.TrySetResult("disposed");
        await Closing
            .BoundedAsync(async () =>
            {
                // Behind what is being acknowledged.
                await _turn.WaitAsync().ConfigureAwait(false);
                try
                {
                    await Channel.CloseAsync(200, "Goodbye", abort: true, CancellationToken.None).ConfigureAwait(false);
                    await Channel.DisposeAsync().ConfigureAwait(false);
                }
                finally
                {
                    _turn.Release();
                }
            })
            .ConfigureAwait(false);
    }

    /// <summary>
    /// How many AMQP messages to ask for in advance where they are bundles: few, since each may be large, but enough for bundles that are
    /// seldom full.
    /// </summary>
    private static int FramesFor(int messages, int maxBundle) =>
        maxBundle == 1 ? messages : Math.Min(messages, Math.Max(LeastFrames, messages * FullBundles / maxBundle));

    private static partial class Log
    {
        [LoggerMessage(310, LogLevel.Error, "RabbitMQOptions.CustomHeadersBuilder failed for a message '{Name}'; it comes without these headers")]
        public static partial void CustomHeadersFailed(ILogger logger, Exception error, string name);
    }
}
