using RabbitMQ.Client.Events;

namespace Cap.Benchmarks;

/// <summary>Which messages of one batch the broker has confirmed. One batch at a time.</summary>
internal sealed class FloorConfirms
{
    private readonly Lock _gate = new();
    private bool[] _confirmed = [];
    private ulong _first = 1;
    private int _left;
    private int _lowest;
    private TaskCompletionSource _done = new();

    /// <summary>The next messages on the channel are this many.</summary>
    public Task Expect(int count)
    {
        lock (_gate)
        {
            _first += (ulong)_confirmed.Length;
            _confirmed = new bool[count];
            (_left, _lowest, _done) = (count, 0, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return _done.Task;
        }
    }

    public Task AckedAsync(object channel, BasicAckEventArgs ack)
    {
        lock (_gate)
        {
            var index = (int)(ack.DeliveryTag - _first);
            if (ack.Multiple)
            {
                for (; _lowest <= index; _lowest++)
                    Confirm(_lowest);
            }
            else
            {
                Confirm(index);
            }
            if (_left == 0)
                _done.TrySetResult();
        }
        return Task.CompletedTask;
    }

    private void Confirm(int index)
    {
        if (_confirmed[index])
            return;
        _confirmed[index] = true;
        _left--;
    }
}
