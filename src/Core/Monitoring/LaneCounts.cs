using Cap.Storage;

namespace Cap.Monitoring;

/// <summary>What is counted in a lane until it is stored. Thread-safe, without a lock: it is asked for with every message.</summary>
internal sealed class LaneCounts
{
    private readonly long[] _waited = new long[Durations.Steps];
    private readonly long[] _took = new long[Durations.Steps];
    private long _succeeded;
    private long _failed;
    private long _givenUp;

    /// <summary>An attempt succeeded.</summary>
    /// <param name="waited">How long after the message was sent, or due; null where that is not known.</param>
    /// <param name="took">How long the attempt took.</param>
    public void Succeeded(TimeSpan? waited, TimeSpan took)
    {
        Interlocked.Increment(ref _succeeded);
        if (waited is { } time)
            Interlocked.Increment(ref _waited[Durations.StepOf(time)]);
        Interlocked.Increment(ref _took[Durations.StepOf(took)]);
    }

    public void Failed() => Interlocked.Increment(ref _failed);

    public void GaveUp() => Interlocked.Increment(ref _givenUp);

    /// <summary>Takes what has been counted; null for nothing.</summary>
    public LaneStatistics? Take(Lane lane)
    {
        var (succeeded, failed, givenUp) =
            (Interlocked.Exchange(ref _succeeded, 0), Interlocked.Exchange(ref _failed, 0), Interlocked.Exchange(ref _givenUp, 0));
        return succeeded + failed + givenUp == 0 ? null : new(lane, default, succeeded, failed, givenUp, Take(_waited), Take(_took));
    }

    /// <summary>Puts back what could not be stored.</summary>
    public void Return(LaneStatistics counted)
    {
        Interlocked.Add(ref _succeeded, counted.Succeeded);
        Interlocked.Add(ref _failed, counted.Failed);
        Interlocked.Add(ref _givenUp, counted.GivenUp);
        for (var step = 0; step < Durations.Steps; step++)
        {
            Interlocked.Add(ref _waited[step], counted.Waited[step]);
            Interlocked.Add(ref _took[step], counted.Took[step]);
        }
    }

    private static long[] Take(long[] counts)
    {
        var taken = new long[counts.Length];
        for (var step = 0; step < counts.Length; step++)
            taken[step] = Interlocked.Exchange(ref counts[step], 0);
        return taken;
    }
}
