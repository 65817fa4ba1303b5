namespace Cap.Storage;

/// <summary>How an operation ended.</summary>
/// <param name="Id">The operation.</param>
/// <param name="State">As what; not <see cref="OperationState.Running"/>.</param>
/// <param name="By">Whom the audit log names: who stopped it, or who had started it.</param>
/// <param name="Reason">Why, if not because it was done.</param>
public sealed record OperationEnd(long Id, OperationState State, string By, string? Reason);
