namespace Cap.Dashboard;

/// <summary>Asks for something that only this page needs, and does not wait for ever.</summary>
internal static class Ask
{
    public static async Task<Known<T>> ForAsync<T>(Func<CancellationToken, Task<T>> ask, TimeProvider time, CancellationToken stop)
        where T : class
    {
        var patience = Recent<T>.Patience;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            limit.CancelAfter(patience);
            return new(await ask(limit.Token).WaitAsync(patience, time, stop).ConfigureAwait(false), null, time.GetUtcNow());
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            var reason = e is OperationCanceledException or TimeoutException ? $"no answer within {patience.TotalSeconds:0} seconds" : e.Message;
            return new(null, reason, time.GetUtcNow());
        }
    }
}
