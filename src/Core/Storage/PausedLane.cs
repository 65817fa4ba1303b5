namespace Cap.Storage;

/// <summary>A lane that nobody works until it is let go on.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="By">Who paused it.</param>
/// <param name="Since">Since when, UTC.</param>
public sealed record PausedLane(Lane Lane, string By, DateTimeOffset Since);
