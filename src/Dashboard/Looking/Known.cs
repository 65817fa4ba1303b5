namespace Cap.Dashboard;

/// <summary>Something that was asked for, or why it is not known.</summary>
/// <param name="Value">The answer; null when there was none.</param>
/// <param name="Fault">Why there is none; null when there is one.</param>
/// <param name="At">When it was asked for.</param>
public sealed record Known<T>(T? Value, string? Fault, DateTimeOffset At)
    where T : class;
