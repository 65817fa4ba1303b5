namespace Cap;

/// <summary>
/// Publishes messages: stores them in the outbox, in one round trip, and nothing else. A broker is never touched on the caller's
/// path. Thread-safe; inject it anywhere, also into singletons.
/// </summary>
/// <remarks>
/// Where a message is stored: in <see cref="PublishOptions.Transaction"/> if given, else in <see cref="Transaction"/> if one is open
/// in this flow of control, else in a transaction of its own that is committed when the call returns.
/// Errors: <see cref="ArgumentException"/> for a name, header, key, id or value that cannot be published;
/// <see cref="InvalidOperationException"/> for a transaction that is finished or of another database; else what the database throws.
/// After an error nothing is stored.
/// </remarks>
public interface ICapPublisher
{
    /// <summary>The application's services.</summary>
    IServiceProvider ServiceProvider { get; }

    /// <summary>
    /// The transaction of this flow of control, set by <c>BeginTransaction</c>; null when there is none or it has ended. It flows
    /// with <c>await</c>, like <see cref="AsyncLocal{T}"/>.
    /// </summary>
    ICapTransaction? Transaction { get; set; }

    /// <summary>Publishes a message.</summary>
    /// <param name="name">Its name, like <c>order.placed</c>; at most 200 characters.</param>
    /// <param name="contentObj">Its value; null is allowed.</param>
    /// <param name="callbackName">The handler's return value is published under this name.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    Task PublishAsync<T>(string name, T? contentObj, string? callbackName = null, CancellationToken cancellationToken = default);

    /// <summary>Publishes a message with headers.</summary>
    Task PublishAsync<T>(
        string name,
        T? contentObj,
        IDictionary<string, string?> headers,
        CancellationToken cancellationToken = default
    );

    /// <summary>Publishes a message with options. Returns its message id.</summary>
    Task<string> PublishAsync<T>(string name, T? contentObj, PublishOptions options, CancellationToken cancellationToken = default);

    /// <summary>Publishes many messages in one round trip, all or none, in this order. Returns their message ids.</summary>
    Task<IReadOnlyList<string>> PublishAsync(IEnumerable<OutgoingMessage> messages, CancellationToken cancellationToken = default);

    /// <summary>Publishes a message.</summary>
    void Publish<T>(string name, T? contentObj, string? callbackName = null);

    /// <summary>Publishes a message with headers.</summary>
    void Publish<T>(string name, T? contentObj, IDictionary<string, string?> headers);

    /// <summary>Publishes a message that is handled after a delay, by the database's clock.</summary>
    Task PublishDelayAsync<T>(
        TimeSpan delayTime,
        string name,
        T? contentObj,
        IDictionary<string, string?> headers,
        CancellationToken cancellationToken = default
    );

    /// <summary>Publishes a message that is handled after a delay, by the database's clock.</summary>
    Task PublishDelayAsync<T>(
        TimeSpan delayTime,
        string name,
        T? contentObj,
        string? callbackName = null,
        CancellationToken cancellationToken = default
    );

    /// <summary>Publishes a message that is handled after a delay, by the database's clock.</summary>
    void PublishDelay<T>(TimeSpan delayTime, string name, T? contentObj, IDictionary<string, string?> headers);

    /// <summary>Publishes a message that is handled after a delay, by the database's clock.</summary>
    void PublishDelay<T>(TimeSpan delayTime, string name, T? contentObj, string? callbackName = null);
}
