using Cap.Messages;
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
    private readonly TimeProvider _time;
    private readonly BundleWriter _bundles = new();

    private PublisherChannel(IConnection connection, IChannel channel, RabbitMQOptions options, TimeProvider time)
    {
        (Connection, _channel, _options, _time) = (connection, channel, options, time);
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
    /// Hands messages of one name to the broker, several as a bundle; their results come to the batch. False when the channel is closed:
    /// then they, and what was handed over before and not confirmed, are orphans.
    /// </summary>
    public async ValueTask<bool> TryPublishAsync(IReadOnlyList<TransportMessage> messages, int[] places, SendBatch batch, CancellationToken stop)
    {
        var sound = Sound(messages, places, batch);
        if (sound.Length == 0)
            return true;
        var envelope = new Envelope(batch, sound, messages[sound[0]].Name, sound.Length == 1 ? IdOf(messages[sound[0]]) : MessageId.New(_time));
        if (!_confirms.TryExpect(envelope))
            return false;
        try
        {
            var properties = new BasicProperties { DeliveryMode = DeliveryModes.Persistent, MessageId = envelope.Id };
            var body = Fill(properties, messages, sound);
            await _channel
                .BasicPublishAsync(_options.ExchangeName, envelope.Name, _options.RequireRoute, properties, body, stop)
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
                envelope.Orphan();
                return false;
            }
            envelope.Settle(SendResult.Refused(new CapException($"'{envelope.Name}' cannot be written as an AMQP message: {e.Message}", e)));
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

    private static string? IdOf(TransportMessage message) =>
        message.Headers.GetValueOrDefault(Headers.MessageId) is { Length: > 0 } id && AmqpName.Fits(id) ? id : null;

    /// <summary>The messages that can be sent. The others have their result, and cost nobody else anything.</summary>
    private int[] Sound(IReadOnlyList<TransportMessage> messages, int[] places, SendBatch batch)
    {
        var faults = 0;
        foreach (var place in places)
        {
            if (FaultOf(messages[place]) is not { } fault)
                continue;
            batch.Settle(place, SendResult.Refused(new CapException(fault)));
            faults++;
        }
        return faults == 0 ? places : [.. places.Where(place => FaultOf(messages[place]) is null)];
    }

    /// <summary>The body of one message with its headers in the properties, or of a bundle with all headers in it.</summary>
    private ReadOnlyMemory<byte> Fill(BasicProperties properties, IReadOnlyList<TransportMessage> messages, int[] places)
    {
        if (places.Length > 1)
        {
            properties.ContentType = Bundle.ContentType;
            return _bundles.Write(Array.ConvertAll(places, place => messages[place]));
        }
        var message = messages[places[0]];
        (properties.ContentType, properties.Headers) = ("application/json", new WireHeaders(message.Headers));
        return message.Body;
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
