namespace Cap.Storage;

/// <summary>The progress of an operation.</summary>
/// <param name="Id">The operation.</param>
/// <param name="Node">Who runs it: the one that has taken it last.</param>
/// <param name="From">Where it goes on after this; null when this was the last of it, and it is done.</param>
public sealed record OperationStep(long Id, string Node, PageKey? From);
