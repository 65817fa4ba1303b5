using Cap.Transport;

namespace Cap.RabbitMQ;

/// <summary>
/// What the broker has not confirmed yet on one channel. It numbers publishes from 1 and confirms by number, one or all up to
/// one. The client can do this too, but only by a task and a header of its own for each message. Thread-safe.
/// </summary>
internal sealed class Confirms(string exchange, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Envelope> _pending = [];
    private ulong _lowest = 1;
    private ulong _next = 1;
    private ulong _lastReturned;
    private long _lastWord = time.GetTimestamp();
    private bool _isClosed;

    /// <summary>How long ago the broker last confirmed something, or something was first sent after a pause.</summary>
    public TimeSpan SilentFor
    {
        get
        {
            lock (_gate)
                return _pending.Count == 0 ? TimeSpan.Zero : time.GetElapsedTime(_lastWord);
        }
    }

    /// <summary>Expects a confirm for the message that is published next; false when the channel is closed.</summary>
    public bool TryExpect(Envelope envelope)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                envelope.Orphan();
                return false;
            }
            if (_pending.Count == 0)
                _lastWord = time.GetTimestamp();
            _pending.Add(_next++, envelope);
            return true;
        }
    }

    /// <summary>The message expected last was not published after all: the broker did not count it.</summary>
    public void TakeBack()
    {
        lock (_gate)
        {
            if (!_isClosed)
                _pending.Remove(--_next);
        }
    }

    /// <summary>The broker has the message, or all up to it.</summary>
    public void Acked(ulong number, bool multiple) => Settle(number, multiple, isNack: false);

    /// <summary>The broker refuses the message, or all up to it.</summary>
    public void Nacked(ulong number, bool multiple) => Settle(number, multiple, isNack: true);

    /// <summary>
    /// The broker returns a message no queue is bound for; its confirm follows. Returns come in the order of the publishes and
    /// name no number, so it is the next one of that name and id.
    /// </summary>
    public void Returned(string name, string? id, string text)
    {
        lock (_gate)
        {
            for (var number = Math.Max(_lowest, _lastReturned + 1); number < _next; number++)
            {
                if (_pending.TryGetValue(number, out var pending) && pending.Name == name && pending.Id == id)
                {
                    pending.ReturnText = text;
                    _lastReturned = number;
                    return;
                }
            }
        }
    }

    /// <summary>The channel is closed: nothing will be heard of what is still expected.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var pending in _pending.Values)
                pending.Orphan();
            _pending.Clear();
        }
    }

    private void Settle(ulong number, bool multiple, bool isNack)
    {
        lock (_gate)
        {
            _lastWord = time.GetTimestamp();
            if (!multiple)
                SettleOne(number, isNack);
            for (; multiple && _lowest <= number && _lowest < _next; _lowest++)
                SettleOne(_lowest, isNack);
            while (_lowest < _next && !_pending.ContainsKey(_lowest))
                _lowest++;
        }
    }

    private void SettleOne(ulong number, bool isNack)
    {
        if (_pending.Remove(number, out var pending))
            pending.Settle(ResultOf(pending, isNack));
    }

    private SendResult ResultOf(Envelope pending, bool isNack)
    {
        if (isNack)
        {
            return SendResult.Refused(new CapException(
                $"The broker refused '{pending.Name}': a queue that is bound for it takes no more (its x-max-length with x-overflow=reject-publish) or is broken."));
        }
        if (pending.ReturnText is { } text)
        {
            return SendResult.Refused(new CapException(
                $"'{pending.Name}' is unroutable: no queue is bound for it at exchange '{exchange}' ({text}). Start a subscriber of it once, or set RabbitMQOptions.RequireRoute to false."));
        }
        return SendResult.Confirmed;
    }
}
