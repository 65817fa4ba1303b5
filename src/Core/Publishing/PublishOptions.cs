using System.Data.Common;

namespace Cap;

/// <summary>How to publish one message. Every member is optional.</summary>
public sealed class PublishOptions
{
    /// <summary>
    /// Messages with the same key are handled in the order they were committed, through retries, restarts and several nodes. A
    /// message that fails holds up its own key only. At most 200 characters. Default: none, no order.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>Handled this long after now, by the database's clock. Must not be negative. Default: at once.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Handled at this time, by the database's clock; a time that has passed means at once. Not together with <see cref="Delay"/>.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>Headers that travel along. Names and values must not contain control characters.</summary>
    public IDictionary<string, string?>? Headers { get; init; }

    /// <summary>The handler's return value is published under this name.</summary>
    public string? CallbackName { get; init; }

    /// <summary>
    /// Own id instead of a generated one, at most 200 characters: a group handles a message id once within
    /// <see cref="CapOptions.DeduplicationWindow"/>, so publishing the same id twice has one effect. Default: generated.
    /// </summary>
    public string? MessageId { get; init; }

    /// <summary>
    /// An open transaction of the application to store the message in. It takes precedence over
    /// <see cref="ICapPublisher.Transaction"/>. Default: none.
    /// </summary>
    public DbTransaction? Transaction { get; init; }
}
