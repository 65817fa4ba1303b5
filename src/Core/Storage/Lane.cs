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
    /// <summary>The version of its nodes: the name of an outbox, the part after the last dot of a group's name.</summary>
    public string Version => Type == MessageType.Publish ? Name : Name[(Name.LastIndexOf('.') + 1)..];

    /// <inheritdoc/>
    public override string ToString() => $"{(Type == MessageType.Publish ? "published" : "received")}/{Name}";
}
