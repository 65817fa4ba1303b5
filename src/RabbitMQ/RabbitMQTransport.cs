using Cap.Transport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace Cap.RabbitMQ;

/// <summary>
/// The transport over RabbitMQ. Sends on a connection of its own: one that the broker blocks must not stop the consumers, which
/// share another.
/// </summary>
internal sealed class RabbitMQTransport : ITransport
{
    private readonly RabbitMQOptions _options;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ILogger<RabbitMQTransport> _log;
    private readonly Topology _topology;
    private readonly ConnectionSource _consuming;
    private readonly Publisher _publisher;
    private readonly Lock _gate = new();
    private readonly HashSet<RabbitMQSubscription> _subscriptions = [];
    private bool _isDisposed;

    public RabbitMQTransport(RabbitMQOptions options, IServiceProvider services, TimeProvider time, ILogger<RabbitMQTransport> log)
    {
        (_options, _services, _time, _log) = (options, services, time, log);
        Description = Endpoints.Describe(options);
        _topology = new(options, Description);
        _consuming = new(options, "receiving", Description, time, log);
        _publisher = new(new(options, "sending", Description, time, log), _topology, options, Description, time);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SendResult>> SendAsync(IReadOnlyList<TransportMessage> messages, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(messages);
        stop.ThrowIfCancellationRequested();
        return messages.Count == 0 ? [] : await _publisher.SendAsync(messages, stop).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<ISubscription> SubscribeAsync(SubscribeRequest request, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Prefetch, 1);
        stop.ThrowIfCancellationRequested();
        ThrowIfTooLong(request);
        var subscription = new RabbitMQSubscription(
            request, _consuming, _topology, _options, _services, Description, _time, _log, Forget);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _subscriptions.Add(subscription);
        }
        try
        {
            await subscription.StartAsync(stop).ConfigureAwait(false);
            return subscription;
        }
        catch (Exception e)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
            if (e is OperationInterruptedException interrupted)
                throw new BrokerConnectionException($"{Description} was lost when group '{request.Group}' subscribed: {Topology.TextOf(interrupted)}", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return _publisher.CheckAsync(stop);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        RabbitMQSubscription[] open;
        lock (_gate)
        {
            _isDisposed = true;
            open = [.. _subscriptions];
        }
        await Task.WhenAll(open.Select(subscription => subscription.DisposeAsync().AsTask())).ConfigureAwait(false);
        await Task.WhenAll(_publisher.DisposeAsync().AsTask(), _consuming.DisposeAsync().AsTask()).ConfigureAwait(false);
    }

    private void Forget(RabbitMQSubscription subscription)
    {
        lock (_gate)
            _subscriptions.Remove(subscription);
    }

    private static void ThrowIfTooLong(SubscribeRequest request)
    {
        foreach (var name in request.Names.Prepend(request.Group).Where(name => !AmqpName.Fits(name)))
            throw new CapException($"Group '{request.Group}': '{name}' takes more than {AmqpName.MaxBytes} bytes of UTF-8. AMQP allows no more: shorten it.");
    }
}
