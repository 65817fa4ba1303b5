namespace Cap.Storage;

/// <summary>Who works what.</summary>
/// <param name="Now">The database's clock.</param>
/// <param name="Nodes">All nodes whose leases were not taken away yet.</param>
/// <param name="Leases">The leases that have an owner.</param>
/// <param name="Paused">The lanes that nobody works for now.</param>
public sealed record Cluster(
    DateTimeOffset Now, IReadOnlyList<NodeRow> Nodes, IReadOnlyList<LeaseRow> Leases, IReadOnlyList<PausedLane> Paused);
