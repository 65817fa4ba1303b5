namespace Cap.Subscribing;

/// <summary>The handlers that share one inbox.</summary>
internal sealed class SubscriberGroup
{
    private readonly Dictionary<string, Subscriber> _exact;
    private readonly IReadOnlyList<Subscriber> _patterns;

    public SubscriberGroup(string name, IReadOnlyList<Subscriber> subscribers, CapOptions options)
    {
        (Name, Subscribers) = (name, subscribers);
        Names = [.. subscribers.Select(s => s.Pattern.Text).Distinct()];
        _exact = subscribers.Where(s => s.Pattern.IsLiteral).DistinctBy(s => s.Pattern.Text).ToDictionary(s => s.Pattern.Text);
        _patterns = [.. subscribers.Where(s => !s.Pattern.IsLiteral)];
        var wanted = subscribers.Max(s => s.Concurrency);
        Concurrency = wanted > 0 ? wanted : options.ConsumerThreadCount;
    }

    /// <summary>Full name.</summary>
    public string Name { get; }

    /// <summary>Its handlers.</summary>
    public IReadOnlyList<Subscriber> Subscribers { get; }

    /// <summary>Names and patterns to bind.</summary>
    public IReadOnlyCollection<string> Names { get; }

    /// <summary>How many handlers run at once.</summary>
    public int Concurrency { get; }

    /// <summary>The handler of a message: the one with the exact name, else the one whose pattern fits; null for none.</summary>
    public Subscriber? Find(string name) =>
        _exact.TryGetValue(name, out var subscriber) ? subscriber : _patterns.FirstOrDefault(s => s.Pattern.IsMatch(name));
}
