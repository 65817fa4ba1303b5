namespace Cap.Transport;

/// <summary>A consumer on a group's queue. Disposing it ends the consumer at the broker; what is not acknowledged goes back.</summary>
public interface ISubscription : IAsyncDisposable
{
    /// <summary>
    /// Waits for at least one delivery, and returns what has gathered, in the broker's order, at most <paramref name="max"/>.
    /// Waits through outages of the broker. One reader at a time.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The subscription is disposed, or was while it waited.</exception>
    ValueTask<IReadOnlyList<Delivery>> ReadAsync(int max, CancellationToken stop);

    /// <summary>
    /// Acknowledges deliveries: the broker may forget them. A delivery of a connection that is gone is passed over; the broker
    /// delivers it again.
    /// </summary>
    Task AcknowledgeAsync(IReadOnlyList<Delivery> deliveries, CancellationToken stop);
}
