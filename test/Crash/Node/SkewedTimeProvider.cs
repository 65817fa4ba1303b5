namespace Cap.Crash.Node;

/// <summary>The clock of a host that is wrong; what measures durations is right.</summary>
internal sealed class SkewedTimeProvider(TimeSpan skew) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + skew;
}
