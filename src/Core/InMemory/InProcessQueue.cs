using Cap.Messages;

namespace Cap.InMemory;

/// <summary>
/// The queue of one group. The oldest open subscription gets everything, so the order survives; the next one takes over when
/// it is disposed. What it did not acknowledge goes back to its old place. Thread-safe.
/// </summary>
internal sealed class InProcessQueue
{
    private readonly Lock _gate = new();
    private readonly List<TopicPattern> _patterns = [];
    private readonly List<InProcessSubscription> _subscriptions = [];
    private readonly LinkedList<InProcessDelivery> _waiting = [];
    private long _lastNumber;

    /// <summary>Adds names and patterns the group wants.</summary>
    public void Bind(IEnumerable<string> names)
    {
        lock (_gate)
            _patterns.AddRange(names.Where(name => _patterns.All(known => known.Text != name)).Distinct().Select(TopicPattern.Parse).ToArray());
    }

    /// <summary>Whether the group wants the name with these words.</summary>
    public bool Wants(string[] name)
    {
        lock (_gate)
            return _patterns.Exists(pattern => pattern.IsMatch(name));
    }

    /// <summary>Opens a consumer.</summary>
    public InProcessSubscription Open(int prefetch)
    {
        var subscription = new InProcessSubscription(this, prefetch);
        lock (_gate)
            _subscriptions.Add(subscription);
        return subscription;
    }

    /// <summary>Puts a message at the end.</summary>
    public void Add(Parcel parcel)
    {
        lock (_gate)
        {
            _waiting.AddLast(new InProcessDelivery(parcel, ++_lastNumber, redelivered: false));
            WakeReader();
        }
    }

    /// <summary>Takes up to <paramref name="max"/> messages from the front, if it is this subscription's turn.</summary>
    public List<InProcessDelivery> Take(InProcessSubscription subscription, int max)
    {
        var taken = new List<InProcessDelivery>();
        lock (_gate)
        {
            if (_subscriptions.Count == 0 || _subscriptions[0] != subscription)
                return taken;
            while (taken.Count < max && _waiting.First is { } first)
            {
                _waiting.RemoveFirst();
                if (!first.Value.Parcel.Shipment.IsClosed)
                    taken.Add(first.Value);
            }
        }
        return taken;
    }

    /// <summary>Ends a consumer; what it did not acknowledge goes back.</summary>
    public void Remove(InProcessSubscription subscription, IEnumerable<InProcessDelivery> unacknowledged)
    {
        lock (_gate)
        {
            _subscriptions.Remove(subscription);
            foreach (var delivery in unacknowledged.OrderByDescending(delivery => delivery.Number))
                _waiting.AddFirst(new InProcessDelivery(delivery.Parcel, delivery.Number, redelivered: true));
            WakeReader();
        }
    }

    /// <summary>Ends every consumer.</summary>
    public void Close()
    {
        InProcessSubscription[] open;
        lock (_gate)
            open = [.. _subscriptions];
        foreach (var subscription in open)
            subscription.Close();
    }

    private void WakeReader()
    {
        if (_subscriptions.Count > 0 && _waiting.Count > 0)
            _subscriptions[0].Wake();
    }
}
