namespace Cap.Crash.Run;

/// <summary>Something that is done to a run.</summary>
/// <param name="At">When, from the start of the trouble.</param>
/// <param name="Kind">What.</param>
/// <param name="Node">To which process; meaningless for the servers.</param>
/// <param name="Length">How long it lasts, where it lasts.</param>
internal sealed record Fault(TimeSpan At, FaultKind Kind, int Node, TimeSpan Length);
