namespace Cap.Dashboard;

/// <summary>Asks for something, does not wait for ever, and says why when there is no answer.</summary>
internal static class Ask
{
    /// <summary>Nobody waits longer for a page.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Nobody waits longer for a content that was asked for whole: it may be megabytes, on a slow line to the database.</summary>
    public static readonly TimeSpan PatienceForContent = TimeSpan.FromSeconds(30);

    public static async Task<Known<T>> ForAsync<T>(
        Func<CancellationToken, Task<T>> ask, TimeProvider time, CancellationToken stop, TimeSpan? patience = null)
        where T : class
    {
        var wait = patience ?? Patience;
        try
        {
            // The asking itself is ended later than the wait: cancelling may hold a thread for as long as a server hangs, and the page is to
            // be on its way by then.
            return new(await BoundedAsync(ask, wait * 2, time, stop).WaitAsync(wait, time, stop).ConfigureAwait(false), null, time.GetUtcNow());
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            var reason = e is OperationCanceledException or TimeoutException ? $"no answer within {wait.TotalSeconds:0} seconds" : e.Message;
            return new(null, reason, time.GetUtcNow());
        }
    }

    /// <summary>What nobody waits for any more does not go on for ever.</summary>
    private static async Task<T> BoundedAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan limit, TimeProvider time, CancellationToken stop)
    {
        using var end = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, stop);
        return await ask(either.Token).ConfigureAwait(false);
    }
}
