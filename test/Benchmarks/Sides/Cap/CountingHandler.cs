namespace Cap.Benchmarks;

/// <summary>Does nothing but count.</summary>
internal sealed class CountingHandler(Handled handled) : ICapSubscribe
{
    [CapSubscribe("work.done", Group = "work")]
    public void On(Work work) => handled.Add(work);
}
