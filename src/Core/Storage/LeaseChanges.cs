namespace Cap.Storage;

/// <summary>What to write back to the <see cref="LeaseTable"/>, under the same lock.</summary>
/// <param name="Node">The node to insert or replace; null for none.</param>
/// <param name="RemovedNodes">Names of nodes to delete.</param>
/// <param name="Leases">Leases to insert or replace.</param>
public sealed record LeaseChanges(NodeRow? Node, IReadOnlyList<string> RemovedNodes, IReadOnlyList<LeaseRow> Leases);
