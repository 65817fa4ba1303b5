namespace Cap.Dashboard;

/// <summary>Asks for something, does not wait for ever, and says why when there is no answer.</summary>
internal static class Ask
{
    /// <summary>Nobody waits longer for a page.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static async Task<Known<T>> ForAsync<T>(Func<CancellationToken, Task<T>> ask, TimeProvider time, CancellationToken stop)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            limit.CancelAfter(Patience);
            return new(await ask(limit.Token).WaitAsync(Patience, time, stop).ConfigureAwait(false), null, time.GetUtcNow());
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            var reason = e is OperationCanceledException or TimeoutException ? $"no answer within {Patience.TotalSeconds:0} seconds" : e.Message;
            return new(null, reason, time.GetUtcNow());
        }
    }
}
