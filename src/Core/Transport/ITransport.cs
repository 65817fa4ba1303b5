namespace Cap.Transport;

/// <summary>
/// The seam to a broker. One instance serves the whole process; every member is thread-safe. Every driver passes the transport
/// conformance suite unchanged.
/// </summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Names the broker for logs and errors, without secrets: <c>RabbitMQ 127.0.0.1:5672/</c>.</summary>
    string Description { get; }

    /// <summary>
    /// Sends messages and waits for the broker's word on each. The answer has, at the same place, what became of each. Messages of
    /// one name, and of one key, are handed to the broker in the given order. Never throws for the fate of a message or the state of
    /// the broker.
    /// </summary>
    Task<IReadOnlyList<SendResult>> SendAsync(IReadOnlyList<TransportMessage> messages, CancellationToken stop);

    /// <summary>
    /// Makes the group's queue and its bindings exist and opens a consumer on it. After an outage of the broker the subscription
    /// recovers by itself; what was not acknowledged is delivered again.
    /// </summary>
    /// <exception cref="BrokerConnectionException">The broker cannot be reached or does not answer.</exception>
    /// <exception cref="CapException">The broker refuses the queue (declared differently, no right). Names queue and remedy.</exception>
    Task<ISubscription> SubscribeAsync(SubscribeRequest request, CancellationToken stop);

    /// <summary>Asks the broker for a sign of life.</summary>
    /// <exception cref="BrokerConnectionException">There is none, or it takes no messages; the message says what is wrong.</exception>
    Task CheckAsync(CancellationToken stop);
}
