namespace Cap.Dashboard;

/// <summary>
/// Asks for something at most once in a while, for all open pages together, and says when it cannot be known instead of showing what was.
/// Thread-safe.
/// </summary>
/// <param name="ask">Asks.</param>
/// <param name="keep">For how long an answer does.</param>
/// <param name="time">The clock.</param>
internal sealed class Recent<T>(Func<CancellationToken, Task<T>> ask, TimeSpan keep, TimeProvider time)
    where T : class
{
    private readonly Lock _gate = new();
    private Task<Known<T>>? _asked;
    private long _askedAt;

    /// <summary>The latest answer. Several who ask at once get the same.</summary>
    public Task<Known<T>> GetAsync()
    {
        lock (_gate)
        {
            if (_asked is null || (_asked.IsCompleted && time.GetElapsedTime(_askedAt) >= keep))
                (_asked, _askedAt) = (AskAsync(), time.GetTimestamp());
            return _asked;
        }
    }

    private async Task<Known<T>> AskAsync()
    {
        // Whoever asks first does not wait in the lock.
        await Task.Yield();
        return await Ask.ForAsync(ask, time, CancellationToken.None).ConfigureAwait(false);
    }
}
