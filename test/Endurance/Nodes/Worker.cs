namespace Cap.Endurance;

/// <summary>Takes its time over each message, and counts it.</summary>
internal sealed class Worker(NodePlan plan, Counts counts) : ICapSubscribe
{
    [CapSubscribe("work.done", Group = "work")]
    public async Task OnAsync(Work work, CancellationToken stop)
    {
        if (plan.HandlerTime > TimeSpan.Zero)
            await Task.Delay(plan.HandlerTime, stop);
        counts.Handled();
    }
}
