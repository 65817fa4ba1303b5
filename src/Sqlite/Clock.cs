namespace Cap.Sqlite;

/// <summary>Times are stored as microseconds since 1970, UTC.</summary>
internal static class Clock
{
    /// <summary>
    /// The database's now as an SQL expression. SQLite gives milliseconds; the rounding undoes the error of the floating-point day number.
    /// </summary>
    public const string Now = "(CAST((julianday('now') - 2440587.5) * 86400000.0 + 0.5 AS INTEGER) * 1000)";

    private const long Latest = 253_402_300_799_000_000;

    public static long Micros(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    public static long Micros(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>A sum with a delay of any length.</summary>
    public static long Add(long now, TimeSpan delay) => Math.Clamp(now + Micros(delay), 1, Latest);

    /// <summary>As a due time: 0 is kept for rows that are due since they were stored.</summary>
    public static long DueAt(DateTimeOffset time) => Math.Clamp(Micros(time), 1, Latest);

    public static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    public static TimeSpan Span(long micros) => TimeSpan.FromTicks(micros * TimeSpan.TicksPerMicrosecond);
}
