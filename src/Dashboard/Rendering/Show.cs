using System.Globalization;
using Cap.Messages;

namespace Cap.Dashboard;

/// <summary>Writes numbers and times for people, the same everywhere: UTC, and no culture.</summary>
public static class Show
{
    /// <summary><c>1,234,567</c>.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count that may have stopped before the end: <c>1,234+</c>.</summary>
    public static string Count(long number, bool isAtLeast) => isAtLeast ? $"{Number(number)}+" : Number(number);

    /// <summary>A number in few characters, for what is estimated: <c>1.2 M</c>.</summary>
    public static string About(double number) => number switch
    {
        >= 1_000_000 => (number / 1_000_000).ToString("0.#", CultureInfo.InvariantCulture) + " M",
        >= 10_000 => (number / 1_000).ToString("0", CultureInfo.InvariantCulture) + " k",
        >= 10 or 0 => number.ToString("N0", CultureInfo.InvariantCulture),
        _ => number.ToString("0.#", CultureInfo.InvariantCulture),
    };

    /// <summary><c>2026-11-22 03:04:05</c>, UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>With milliseconds, where the order of moments matters.</summary>
    public static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>As ISO 8601, for machines.</summary>
    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A duration with one unit: <c>1.5 ms</c>, <c>20 s</c>, <c>3 min</c>, <c>2 h</c>, <c>5 d</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 10 } => time.TotalMilliseconds.ToString("0.#", CultureInfo.InvariantCulture) + " ms",
        { TotalMilliseconds: < 1_000 } => time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + " ms",
        { TotalSeconds: < 10 } => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture) + " s",
        { TotalSeconds: < 120 } => time.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s",
        { TotalMinutes: < 120 } => time.TotalMinutes.ToString("0", CultureInfo.InvariantCulture) + " min",
        { TotalHours: < 48 } => time.TotalHours.ToString("0", CultureInfo.InvariantCulture) + " h",
        _ => time.TotalDays.ToString("N0", CultureInfo.InvariantCulture) + " d",
    };

    /// <summary>A duration, or a dash for none.</summary>
    public static string Duration(TimeSpan? time) => time is { } known ? Duration(known) : "–";

    /// <summary><c>1.2 KB</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => (bytes / 1024.0).ToString("0.#", CultureInfo.InvariantCulture) + " KB",
        < 1024L * 1024 * 1024 => (bytes / 1024.0 / 1024).ToString("0.#", CultureInfo.InvariantCulture) + " MB",
        _ => (bytes / 1024.0 / 1024 / 1024).ToString("0.#", CultureInfo.InvariantCulture) + " GB",
    };

    /// <summary>The sign of a state, which says it without a colour.</summary>
    public static string Sign(StatusName status) => status switch
    {
        StatusName.Succeeded => "✓",
        StatusName.Failed => "✕",
        StatusName.Delayed => "◷",
        _ => "●",
    };

    /// <summary>How addresses name a type.</summary>
    public static string Address(MessageType type) => type == MessageType.Publish ? "published" : "received";
}
