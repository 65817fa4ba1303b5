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

    private string? _tag;

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
            consumer._tag = await channel.BasicConsumeAsync(request.Group, autoAck: false, consumer, stop).ConfigureAwait(false);
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

    /// <summary>Ends the consumer and the channel: what is not acknowledged goes back to the queue.</summary>
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
                    await EndConsumerAsync().ConfigureAwait(false);
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

    /// <summary>
    /// Closing the channel would end it too, but a quorum queue has only so many acknowledgements under way, and a channel that is closed
    /// forgets those that wait for their turn: they would all come again. The answer comes when the queue has taken what it had.
    /// </summary>
    private async Task EndConsumerAsync()
    {
        if (_tag is null || !Channel.IsOpen)
            return;
        try
        {
            await Channel.BasicCancelAsync(_tag).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The channel or its connection has ended meanwhile, and the consumer with it.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(310, LogLevel.Error, "RabbitMQOptions.CustomHeadersBuilder failed for a message '{Name}'; it comes without these headers")]
        public static partial void CustomHeadersFailed(ILogger logger, Exception error, string name);
    }
}
