namespace Cap.Retrying;

/// <summary>Growing, jittered pauses for a loop that failed: 0.1 s doubling to 5 s, or less, each between half and full length.</summary>
/// <remarks>The jitter keeps nodes that failed together from coming back together.</remarks>
internal sealed class BackOff(TimeProvider time, TimeSpan? longest = null)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private readonly TimeSpan _longest = longest ?? TimeSpan.FromSeconds(5);
    private TimeSpan _next = First;

    /// <summary>It worked: the next pause is short again.</summary>
    public void Reset() => _next = First;

    public Task WaitAsync(CancellationToken stop)
    {
        var pause = _next * (0.5 + Random.Shared.NextDouble() / 2);
        _next = _next * 2 < _longest ? _next * 2 : _longest;
        return Task.Delay(pause, time, stop);
    }
}
