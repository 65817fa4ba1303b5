using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the page of operations shows: the newest, or one of them.</summary>
public sealed record OperationsModel(ShellModel Shell, Known<IReadOnlyList<Operation>> Operations);
