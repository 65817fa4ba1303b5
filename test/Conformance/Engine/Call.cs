namespace Cap.Conformance;

/// <summary>One run of a handler.</summary>
/// <param name="Handler">Which handler.</param>
/// <param name="Value">The message's value.</param>
/// <param name="Header">The message's headers.</param>
/// <param name="Transaction">Cap's transaction, if the handler takes part.</param>
/// <param name="Stop">Its token.</param>
public sealed record Call(string Handler, string? Value, CapHeader Header, ICapTransaction? Transaction, CancellationToken Stop);
