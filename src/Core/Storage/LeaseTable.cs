namespace Cap.Storage;

/// <summary>All nodes and leases, read under the lease lock.</summary>
/// <param name="Now">The database's clock.</param>
/// <param name="Nodes">The nodes.</param>
/// <param name="Leases">The leases.</param>
public sealed record LeaseTable(DateTimeOffset Now, IReadOnlyList<NodeRow> Nodes, IReadOnlyList<LeaseRow> Leases)
{
    /// <summary>The lanes that are not to be worked for now.</summary>
    public IReadOnlyCollection<Lane> Paused { get; init; } = [];

    /// <summary>Whether an operation waits to be run, or runs.</summary>
    public bool HasOperation { get; init; }
}
