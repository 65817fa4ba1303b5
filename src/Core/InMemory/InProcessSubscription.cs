using Cap.Transport;

namespace Cap.InMemory;

/// <summary>A consumer on the queue of a group in this process.</summary>
internal sealed class InProcessSubscription(InProcessQueue queue, int prefetch) : ISubscription
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, InProcessDelivery> _unacknowledged = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private bool _isDisposed;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Delivery>> ReadAsync(int max, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        stop.ThrowIfCancellationRequested();
        while (true)
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                var taken = queue.Take(this, Math.Min(max, prefetch - _unacknowledged.Count));
                foreach (var delivery in taken)
                    _unacknowledged.Add(delivery.Number, delivery);
                if (taken.Count > 0)
                    return taken;
            }
            await _wake.WaitAsync(stop).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task AcknowledgeAsync(IReadOnlyList<Delivery> deliveries, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(deliveries);
        stop.ThrowIfCancellationRequested();
        var stored = new List<Parcel>(deliveries.Count);
        lock (_gate)
        {
            foreach (var delivery in deliveries.Cast<InProcessDelivery>())
            {
                // A delivery of another subscription has the same number but is another object.
                if (_unacknowledged.TryGetValue(delivery.Number, out var mine) && mine == delivery)
                {
                    _unacknowledged.Remove(delivery.Number);
                    stored.Add(delivery.Parcel);
                }
            }
        }
        foreach (var parcel in stored)
            parcel.Acknowledge();
        Wake();
        return Task.CompletedTask;
    }

    /// <summary>Something changed that a waiting reader should look at.</summary>
    public void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }
    }

    /// <summary>Ends the consumer.</summary>
    public void Close()
    {
        InProcessDelivery[] back;
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            back = [.. _unacknowledged.Values];
            _unacknowledged.Clear();
        }
        foreach (var delivery in back)
            delivery.GiveBack();
        queue.Remove(this, back);
        Wake();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }
}
