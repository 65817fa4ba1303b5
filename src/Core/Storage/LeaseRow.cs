namespace Cap.Storage;

/// <summary>Who may work a shard. The lease is valid while its node's <see cref="NodeRow.ExpiresAt"/> has not passed.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Shard">The shard.</param>
/// <param name="Node">The owner; null for none.</param>
public sealed record LeaseRow(Lane Lane, int Shard, string? Node);
