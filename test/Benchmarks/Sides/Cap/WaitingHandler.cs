namespace Cap.Benchmarks;

/// <summary>Takes its time, as one does that asks another service.</summary>
internal sealed class WaitingHandler(MeasurePlan plan, Handled handled) : ICapSubscribe
{
    [CapSubscribe("work.done", Group = "work")]
    public async Task On(Work work, CancellationToken stop)
    {
        await Task.Delay(plan.HandlerTime, stop);
        handled.Add(work);
    }
}
