namespace Cap.Conformance;

/// <summary>A timer of <see cref="FakeTimeProvider"/>.</summary>
internal sealed class FakeTimer(FakeTimeProvider time, Action fire) : ITimer
{
    public DateTimeOffset? DueAt { get; set; }

    public TimeSpan? Period { get; set; }

    public bool IsDisposed { get; set; }

    public void Fire() => fire();

    public bool Change(TimeSpan dueTime, TimeSpan period) => time.Set(this, dueTime, period);

    public void Dispose() => time.Remove(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
