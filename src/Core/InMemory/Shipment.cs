using Cap.Transport;

namespace Cap.InMemory;

/// <summary>The messages of one call to send, at least one, and what became of each so far. Thread-safe.</summary>
internal sealed class Shipment(int count)
{
    private readonly Lock _gate = new();
    private readonly SendResult?[] _results = new SendResult?[count];
    private readonly TaskCompletionSource<IReadOnlyList<SendResult>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = count;
    private volatile bool _isClosed;

    /// <summary>Ends when every message has its result.</summary>
    public Task<IReadOnlyList<SendResult>> Done => _done.Task;

    /// <summary>Nobody waits for it any more.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Notes the result of a message; the first one counts.</summary>
    public void Settle(int index, SendResult result)
    {
        lock (_gate)
        {
            if (_results[index] is not null)
                return;
            _results[index] = result;
            if (--_open > 0)
                return;
        }
        _done.TrySetResult([.. _results.Select(settled => settled!.Value)]);
    }

    /// <summary>Gives up what is not settled yet.</summary>
    public void Abandon(Exception reason)
    {
        for (var i = 0; i < _results.Length; i++)
            Settle(i, SendResult.Unavailable(reason));
    }

    /// <summary>Nobody waits for it any more.</summary>
    public void Close() => _isClosed = true;
}
