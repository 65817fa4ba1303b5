namespace Cap.Dashboard;

/// <summary>Asks for something, does not wait for ever, and says why when there is no answer.</summary>
internal static class Ask
{
    /// <summary>Nobody waits longer for a page.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>
    /// When the asking itself is ended. Later than the wait: cancelling may hold a thread for as long as a server hangs, and the page is to be
    /// on its way by then.
    /// </summary>
    private static readonly TimeSpan Limit = Patience * 2;

    public static async Task<Known<T>> ForAsync<T>(Func<CancellationToken, Task<T>> ask, TimeProvider time, CancellationToken stop)
        where T : class
    {
        try
        {
            return new(await BoundedAsync(ask, time, stop).WaitAsync(Patience, time, stop).ConfigureAwait(false), null, time.GetUtcNow());
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            var reason = e is OperationCanceledException or TimeoutException ? $"no answer within {Patience.TotalSeconds:0} seconds" : e.Message;
            return new(null, reason, time.GetUtcNow());
        }
    }

    /// <summary>What nobody waits for any more does not go on for ever.</summary>
    private static async Task<T> BoundedAsync<T>(Func<CancellationToken, Task<T>> ask, TimeProvider time, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        return await ask(either.Token).ConfigureAwait(false);
    }
}
