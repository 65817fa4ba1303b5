using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>A group with what is known of it.</summary>
/// <param name="Lane">Its lane.</param>
/// <param name="Handlers">Name or pattern, and method; empty for a group whose handlers are in another application.</param>
/// <param name="Concurrency">How many run at once on a node; null where that is not known.</param>
/// <param name="PerMinute">Messages handled in the last five minutes, for each.</param>
/// <param name="FailureShare">The share of attempts that failed in the last hour; null when there was none.</param>
/// <param name="Backlog">What is due.</param>
/// <param name="Paused">Who paused it and when; null while it goes on.</param>
/// <param name="Hour">The last hour.</param>
public sealed record SubscriberRow(
    Lane Lane,
    IReadOnlyList<(string Name, string Method, TimeSpan? Timeout)> Handlers,
    int? Concurrency,
    double PerMinute,
    double? FailureShare,
    Backlog? Backlog,
    PausedLane? Paused,
    Series Hour);
