using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>
/// The messages of one call to send, at least one, and what became of each. A message whose channel was closed before the broker
/// said anything is an orphan: it has no result yet. Thread-safe.
/// </summary>
internal sealed class SendBatch(int count)
{
    private readonly Lock _gate = new();
    private readonly SendResult?[] _results = new SendResult?[count];
    private readonly bool[] _isOrphan = new bool[count];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting = count;

    /// <summary>Ends when nothing more will be heard of any message.</summary>
    public Task Done => _done.Task;

    /// <summary>Notes the result of a message; the first one counts.</summary>
    public void Settle(int index, SendResult result)
    {
        lock (_gate)
        {
            if (_results[index] is not null)
                return;
            _results[index] = result;
            if (!_isOrphan[index])
                CountDown();
        }
    }

    /// <summary>Notes that nothing will be heard of a message.</summary>
    public void Orphan(int index)
    {
        lock (_gate)
        {
            if (_results[index] is not null || _isOrphan[index])
                return;
            _isOrphan[index] = true;
            CountDown();
        }
    }

    /// <summary>The messages without a result, in order.</summary>
    public IReadOnlyList<int> Open()
    {
        lock (_gate)
            return [.. Enumerable.Range(0, _results.Length).Where(index => _results[index] is null)];
    }

    /// <summary>The results; for messages without one, unavailable for this reason.</summary>
    public IReadOnlyList<SendResult> Finish(Exception? reason)
    {
        var results = new SendResult[_results.Length];
        lock (_gate)
        {
            for (var i = 0; i < results.Length; i++)
                results[i] = _results[i] ?? SendResult.Unavailable(reason ?? new CapException("The channel was closed."));
        }
        return results;
    }

    private void CountDown()
    {
        if (--_waiting == 0)
            _done.TrySetResult();
    }
}
