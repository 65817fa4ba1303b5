using Cap.Transport;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Headers = Cap.Messages.Headers;

namespace Cap.RabbitMQ;

/// <summary>A channel in confirm mode. One publisher at a time; confirms come on the connection's reader.</summary>
internal sealed class PublisherChannel : IAsyncDisposable
{
    private const int FrameOverhead = 64;

    private readonly IChannel _channel;
    private readonly RabbitMQOptions _options;
    private readonly Confirms _confirms;

    private PublisherChannel(IConnection connection, IChannel channel, RabbitMQOptions options, TimeProvider time)
    {
        (Connection, _channel, _options) = (connection, channel, options);
        _confirms = new(options.ExchangeName, time);
        channel.BasicAcksAsync += (_, ack) => Done(() => _confirms.Acked(ack.DeliveryTag, ack.Multiple));
        channel.BasicNacksAsync += (_, nack) => Done(() => _confirms.Nacked(nack.DeliveryTag, nack.Multiple));
        channel.BasicReturnAsync += (_, back) => Done(() => _confirms.Returned(back.RoutingKey, back.BasicProperties.MessageId, back.ReplyText));
        channel.ChannelShutdownAsync += (_, reason) => Done(() => Closed(reason));
    }

    /// <summary>The connection it lives on.</summary>
    public IConnection Connection { get; }

    /// <summary>Messages can be published.</summary>
    public bool IsOpen => _channel.IsOpen;

    /// <summary>Why it was closed; empty while it is open.</summary>
    public string CloseReason { get; private set; } = "";

    /// <summary>How long the broker has been owing an answer.</summary>
    public TimeSpan SilentFor => _confirms.SilentFor;

    /// <summary>Opens a channel and makes the exchange exist.</summary>
    public static async Task<PublisherChannel> OpenAsync(
        IConnection connection, Topology topology, RabbitMQOptions options, TimeProvider time, CancellationToken stop)
    {
        // Confirms are counted here, not by the client: see Confirms.
        var create = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false);
        var channel = await connection.CreateChannelAsync(create, stop).ConfigureAwait(false);
        try
        {
            await topology.DeclareExchangeAsync(channel, stop).ConfigureAwait(false);
            return new(connection, channel, options, time);
        }
        catch
        {
            await Closing.BoundedAsync(() => channel.DisposeAsync().AsTask()).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Hands a message to the broker; its result comes to the batch. False when the channel is closed: then the message, and what
    /// was handed over before and not confirmed, are orphans.
    /// </summary>
    public async ValueTask<bool> TryPublishAsync(TransportMessage message, SendBatch batch, int index, CancellationToken stop)
    {
        if (FaultOf(message) is { } fault)
        {
            batch.Settle(index, SendResult.Refused(new CapException(fault)));
            return true;
        }
        var id = message.Headers.GetValueOrDefault(Headers.MessageId) is { Length: > 0 } text && AmqpName.Fits(text) ? text : null;
        if (!_confirms.TryExpect(batch, index, message.Name, id))
            return false;
        try
        {
            var properties = new BasicProperties
            {
                DeliveryMode = DeliveryModes.Persistent,
                ContentType = "application/json",
                MessageId = id,
                Headers = new WireHeaders(message.Headers),
            };
            await _channel
                .BasicPublishAsync(_options.ExchangeName, message.Name, _options.RequireRoute, properties, message.Body, stop)
                .ConfigureAwait(false);
            return true;
        }
        catch (Exception e)
        {
            // The client throws before it has written anything, so the broker does not count this message.
            _confirms.TakeBack();
            if (e is OperationCanceledException && stop.IsCancellationRequested)
                throw;
            if (e is OperationInterruptedException or ObjectDisposedException || !IsOpen)
            {
                batch.Orphan(index);
                return false;
            }
            batch.Settle(index, SendResult.Refused(new CapException($"'{message.Name}' cannot be written as an AMQP message: {e.Message}", e)));
            return true;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Closing
            .BoundedAsync(async () =>
            {
                await _channel.CloseAsync(200, "Goodbye", abort: true, CancellationToken.None).ConfigureAwait(false);
                await _channel.DisposeAsync().ConfigureAwait(false);
            })
            .ConfigureAwait(false);
        _confirms.Close();
    }

    /// <summary>What the broker would end the connection for, and so everybody else's messages with it.</summary>
    private string? FaultOf(TransportMessage message) =>
        AmqpName.Fits(message.Name)
            ? WireHeaders.FaultOf(message, Connection.FrameMax == 0 ? long.MaxValue : Connection.FrameMax - FrameOverhead)
            : $"The name '{message.Name}' takes more than {AmqpName.MaxBytes} bytes of UTF-8. AMQP allows no more: shorten it.";

    private void Closed(ShutdownEventArgs reason)
    {
        CloseReason = reason.ReplyText;
        _confirms.Close();
    }

    private static Task Done(Action handle)
    {
        handle();
        return Task.CompletedTask;
    }
}
