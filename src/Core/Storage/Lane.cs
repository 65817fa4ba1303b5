using Cap.Messages;

namespace Cap.Storage;

/// <summary>
/// Rows that the same nodes share: the outbox of one version, or the inbox of one group. Each lane is cut into shards, and
/// one node at a time holds the lease of a shard.
/// </summary>
/// <param name="Type">Outbox or inbox.</param>
/// <param name="Name">The version (outbox) or the full group name (inbox).</param>
public sealed record Lane(MessageType Type, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Type == MessageType.Publish ? "published" : "received")}/{Name}";
}
