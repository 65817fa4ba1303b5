namespace Cap.Storage;

/// <summary>Asks that a lane is worked no more, or again.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="IsPaused">Whether it is to be paused.</param>
/// <param name="By">Who asks.</param>
public sealed record PauseRequest(Lane Lane, bool IsPaused, string By);
