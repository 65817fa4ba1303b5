namespace Cap.Storage;

/// <summary>The progress of an operation.</summary>
/// <param name="Id">The operation.</param>
/// <param name="From">Where it goes on after this.</param>
public sealed record OperationStep(long Id, PageKey? From);
