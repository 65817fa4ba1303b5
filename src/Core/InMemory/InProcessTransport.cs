using Cap.Messages;
using Cap.Transport;

namespace Cap.InMemory;

/// <summary>
/// The embedded broker: carries messages between the subscribers of one process. A message counts as confirmed only when every
/// group it matches has acknowledged it, so nothing lives in memory only: when the process dies, the outbox still has it.
/// That also bounds the memory: every message in a queue has a sender waiting for it.
/// </summary>
internal sealed class InProcessTransport : ITransport
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, InProcessQueue> _queues = [];
    private readonly HashSet<Shipment> _pending = [];
    private bool _isDisposed;

    /// <inheritdoc/>
    public string Description => "this process";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SendResult>> SendAsync(IReadOnlyList<TransportMessage> messages, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(messages);
        stop.ThrowIfCancellationRequested();
        if (messages.Count == 0)
            return [];
        var shipment = new Shipment(messages.Count);
        lock (_gate)
        {
            if (_isDisposed)
                return [.. messages.Select(_ => SendResult.Unavailable(Stopped()))];
            _pending.Add(shipment);
            foreach (var (index, message) in messages.Index())
                Enqueue(new(message, shipment, index));
        }
        try
        {
            return await shipment.Done.WaitAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            // When the sender gives up, the queues pass over what they still hold of it.
            shipment.Close();
            lock (_gate)
                _pending.Remove(shipment);
        }
    }

    /// <inheritdoc/>
    public Task<ISubscription> SubscribeAsync(SubscribeRequest request, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Prefetch, 1);
        stop.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_queues.TryGetValue(request.Group, out var queue))
                _queues.Add(request.Group, queue = new());
            queue.Bind(request.Names);
            return Task.FromResult<ISubscription>(queue.Open(request.Prefetch));
        }
    }

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        lock (_gate)
            ObjectDisposedException.ThrowIf(_isDisposed, this);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Shipment[] pending;
        lock (_gate)
        {
            _isDisposed = true;
            pending = [.. _pending];
            foreach (var queue in _queues.Values)
                queue.Close();
        }
        foreach (var shipment in pending)
            shipment.Abandon(Stopped());
        return ValueTask.CompletedTask;
    }

    private void Enqueue(Parcel parcel)
    {
        var words = TopicPattern.WordsOf(parcel.Message.Name);
        var matching = _queues.Values.Where(queue => queue.Wants(words)).ToArray();
        if (matching.Length == 0)
        {
            var name = parcel.Message.Name;
            parcel.Shipment.Settle(parcel.Index, SendResult.Refused(new CapException(
                $"No group in this process subscribes to '{name}'. Add a [CapSubscribe(\"{name}\")] handler, or use a broker that reaches other processes.")));
            return;
        }
        parcel.Expect(matching.Length);
        foreach (var queue in matching)
            queue.Add(parcel);
    }

    private static ObjectDisposedException Stopped() => new(nameof(InProcessTransport), "The in-process transport is stopped.");
}
