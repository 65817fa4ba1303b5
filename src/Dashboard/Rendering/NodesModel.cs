using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the page of nodes shows.</summary>
public sealed record NodesModel(ShellModel Shell, Known<Cluster> Cluster, int ShardCount, string ThisNode);
