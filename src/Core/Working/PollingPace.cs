using Cap.Waking;

namespace Cap.Working;

/// <summary>
/// How long a worker waits before it looks at the tables though nothing woke it. Looking is the safety net, and hardly ever finds anything on
/// a node that hears of all work: once that is quiet, it looks five times less often. Not thread-safe.
/// </summary>
internal sealed class PollingPace(TimeSpan interval, WakeUps wakeUps, TimeProvider time)
{
    private const int Slower = 5;

    /// <summary>
    /// Nothing for so long is quiet. Until then a transaction whose commit nobody sees is looked for as often as ever.
    /// </summary>
    public static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(10);

    private long _lastWork = time.GetTimestamp();

    /// <summary>The longest wait now.</summary>
    public TimeSpan Longest => wakeUps.AreHeard && time.GetElapsedTime(_lastWork) >= QuietTime ? interval * Slower : interval;

    /// <summary>There was work, or word of some.</summary>
    public void NoteWork() => _lastWork = time.GetTimestamp();
}
