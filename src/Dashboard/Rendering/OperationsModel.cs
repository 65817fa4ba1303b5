using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the page of operations shows: the newest, or one of them.</summary>
/// <param name="Shell">Around it.</param>
/// <param name="Seen">What of a text the visitor may see.</param>
/// <param name="Sees">Whether the visitor may see all of a search.</param>
/// <param name="Operations">The operations.</param>
public sealed record OperationsModel(ShellModel Shell, Func<string, string> Seen, Func<MessageQuery, bool> Sees, Known<IReadOnlyList<Operation>> Operations);
