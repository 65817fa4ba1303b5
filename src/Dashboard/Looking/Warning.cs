namespace Cap.Dashboard;

/// <summary>Something that somebody should look at.</summary>
/// <param name="Text">What and since when.</param>
/// <param name="IsSevere">Whether messages do not get through for it.</param>
/// <param name="Address">Where there is more; null for nowhere.</param>
public sealed record Warning(string Text, bool IsSevere, string? Address = null);
