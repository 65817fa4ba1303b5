using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>
/// Sends batches: hands over every message of a batch without waiting in between, then waits for the broker's word on each. One
/// batch is handed over at a time, which keeps the order; waiting happens side by side. Thread-safe.
/// </summary>
internal sealed class Publisher(ConnectionSource connections, Topology topology, RabbitMQOptions options, string broker, TimeProvider time)
    : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private PublisherChannel? _channel;

    public async Task<IReadOnlyList<SendResult>> SendAsync(IReadOnlyList<TransportMessage> messages, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(options.ConfirmTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        var batch = new SendBatch(messages.Count);
        try
        {
            await PublishAsync(messages, batch, either.Token).ConfigureAwait(false);
            await batch.Done.WaitAsync(either.Token).ConfigureAwait(false);
            if (batch.Open() is { Count: > 0 } orphans)
                await SendOneByOneAsync(messages, batch, orphans, either.Token).ConfigureAwait(false);
            return batch.Finish(null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            stop.ThrowIfCancellationRequested();
            throw;
        }
        catch (Exception e) when (e is TimeoutException || limit.IsCancellationRequested)
        {
            return batch.Finish(OnSilence());
        }
        catch (Exception e)
        {
            return batch.Finish(e);
        }
    }

    /// <summary>Asks the broker for a sign of life.</summary>
    /// <exception cref="BrokerConnectionException">There is none, or it takes no messages.</exception>
    public async Task CheckAsync(CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(options.ConfirmTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            var connection = await connections.GetAsync(either.Token).ConfigureAwait(false);
            ThrowIfBlocked();
            // On a channel of its own: a refusal closes it.
            var probe = await connection.CreateChannelAsync(cancellationToken: either.Token).ConfigureAwait(false);
            try
            {
                await topology.DeclareExchangeAsync(probe, either.Token).ConfigureAwait(false);
            }
            finally
            {
                await Closing.BoundedAsync(() => probe.DisposeAsync().AsTask()).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException && !stop.IsCancellationRequested)
        {
            connections.Discard($"no answer within {options.ConfirmTimeout}");
            throw new BrokerConnectionException($"{broker} did not answer within {options.ConfirmTimeout}.", e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel)
            await channel.DisposeAsync().ConfigureAwait(false);
        await connections.DisposeAsync().ConfigureAwait(false);
    }

    private async Task PublishAsync(IReadOnlyList<TransportMessage> messages, SendBatch batch, CancellationToken stop)
    {
        await _turn.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            ThrowIfBlocked();
            if (_channel is not { IsOpen: true, Connection.IsOpen: true })
                _channel = await OpenAsync(stop).ConfigureAwait(false);
            var isOpen = true;
            foreach (var places in Packs(messages))
            {
                if (isOpen)
                    isOpen = await _channel.TryPublishAsync(messages, places, batch, stop).ConfigureAwait(false);
                else
                    Array.ForEach(places, batch.Orphan);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private IEnumerable<int[]> Packs(IReadOnlyList<TransportMessage> messages) =>
        options.MaxBundle > 1 ? Packing.Pack(messages, options.MaxBundle) : Enumerable.Range(0, messages.Count).Select(place => new[] { place });

    /// <summary>
    /// The broker closed the channel, for one message it would not take, and all that followed it are lost. On its own, each
    /// of them shows what it is worth.
    /// </summary>
    private async Task SendOneByOneAsync(
        IReadOnlyList<TransportMessage> messages, SendBatch batch, IReadOnlyList<int> orphans, CancellationToken stop)
    {
        await _turn.WaitAsync(stop).ConfigureAwait(false);
        PublisherChannel? channel = null;
        try
        {
            foreach (var index in orphans)
            {
                if (channel is not { IsOpen: true })
                    channel = await OpenAsync(stop).ConfigureAwait(false);
                var one = new SendBatch(1);
                await channel.TryPublishAsync([messages[index]], [0], one, stop).ConfigureAwait(false);
                await one.Done.WaitAsync(stop).ConfigureAwait(false);
                if (one.Open().Count == 0)
                    batch.Settle(index, one.Finish(null)[0]);
                else if (channel.Connection.IsOpen)
                    batch.Settle(index, SendResult.Refused(new CapException($"The broker refused '{messages[index].Name}': {channel.CloseReason}")));
                else
                    throw new BrokerConnectionException($"{broker} is away: {channel.CloseReason}");
            }
        }
        finally
        {
            if (channel is not null)
                await channel.DisposeAsync().ConfigureAwait(false);
            _turn.Release();
        }
    }

    private async Task<PublisherChannel> OpenAsync(CancellationToken stop)
    {
        var connection = await connections.GetAsync(stop).ConfigureAwait(false);
        return await PublisherChannel.OpenAsync(connection, topology, options, time, stop).ConfigureAwait(false);
    }

    private BrokerConnectionException OnSilence()
    {
        if (connections.Blocked is { } reason)
            return Blocked(reason);
        // A broker that is slow but answers keeps its connection.
        if (_channel is not { IsOpen: true } channel || channel.SilentFor >= options.ConfirmTimeout * 0.9)
            connections.Discard($"no answer within {options.ConfirmTimeout}");
        return new($"{broker} did not confirm within {options.ConfirmTimeout}.");
    }

    private void ThrowIfBlocked()
    {
        if (connections.Blocked is { } reason)
            throw Blocked(reason);
    }

    private BrokerConnectionException Blocked(string reason) => new($"{broker} takes no messages for now (connection blocked): {reason}.");
}
