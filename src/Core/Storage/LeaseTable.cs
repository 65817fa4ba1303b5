namespace Cap.Storage;

/// <summary>All nodes and leases, read under the lease lock.</summary>
/// <param name="Now">The database's clock.</param>
/// <param name="Nodes">The nodes.</param>
/// <param name="Leases">The leases.</param>
public sealed record LeaseTable(DateTimeOffset Now, IReadOnlyList<NodeRow> Nodes, IReadOnlyList<LeaseRow> Leases);
