namespace Cap.Dashboard;

/// <summary>
/// Asks for something at most once in a while, for all open pages together, and says when it cannot be known instead of showing what was.
/// Thread-safe.
/// </summary>
/// <param name="ask">Asks.</param>
/// <param name="keep">For how long an answer does. That there was none is shown no longer than <see cref="Ask.Patience"/>.</param>
/// <param name="time">The clock.</param>
internal sealed class Recent<T>(Func<CancellationToken, Task<T>> ask, TimeSpan keep, TimeProvider time)
    where T : class
{
    private readonly Lock _gate = new();
    private Question? _last;

    /// <summary>The latest answer. Several who ask at once get the same.</summary>
    public Task<Known<T>> GetAsync()
    {
        lock (_gate)
        {
            if (_last is null || (_last.Answer.IsCompleted && time.GetElapsedTime(_last.AnsweredAt) >= _last.Keep))
            {
                _last = new();
                _last.Answer = AskAsync(_last);
            }
            return _last.Answer;
        }
    }

    /// <summary>
    /// Something was changed: whoever asks from now on gets an answer that knows of it. A question that is under way may have been answered
    /// before, so its answer is only for those who wait for it.
    /// </summary>
    public void Forget()
    {
        lock (_gate)
            _last = null;
    }

    private async Task<Known<T>> AskAsync(Question question)
    {
        // Whoever asks first does not wait in the lock.
        await Task.Yield();
        var known = await Ask.ForAsync(ask, time, CancellationToken.None).ConfigureAwait(false);
        // An answer that took its time, or did not come, is as new as any other.
        question.AnsweredAt = time.GetTimestamp();
        // That a database is away is soon no longer true, however seldom the numbers themselves change.
        question.Keep = known.Fault is not null && Ask.Patience < keep ? Ask.Patience : keep;
        return known;
    }

    private sealed class Question
    {
        public Task<Known<T>> Answer { get; set; } = null!;

        /// <summary>Set before the answer completes.</summary>
        public long AnsweredAt { get; set; }

        /// <summary>For how long it does. Set before the answer completes.</summary>
        public TimeSpan Keep { get; set; }
    }
}
