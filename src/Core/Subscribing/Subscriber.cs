using Cap.Messages;

namespace Cap.Subscribing;

/// <summary>A handler with the name it listens to.</summary>
/// <param name="Pattern">Message name or pattern, prefix included.</param>
/// <param name="Group">Full group name.</param>
/// <param name="Concurrency">How many of the group run at once, as this handler wants it; 0 for the default.</param>
/// <param name="Timeout">How long a run may take; null for as long as it likes.</param>
/// <param name="Handler">The method.</param>
internal sealed record Subscriber(TopicPattern Pattern, string Group, int Concurrency, TimeSpan? Timeout, HandlerMethod Handler);
