namespace Cap.Benchmarks;

/// <summary>Several wait for each other, as often as they like. The last one to come does what is to be done before they go on.</summary>
internal sealed class Meeting(int size, Func<Task> hold)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _here;

    public async Task ComeAsync()
    {
        TaskCompletionSource over;
        bool isLast;
        lock (_gate)
        {
            over = _over;
            isLast = ++_here == size;
            if (isLast)
                (_here, _over) = (0, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        if (isLast)
        {
            await hold();
            over.SetResult();
        }
        await over.Task;
    }
}
