namespace Cap.Transport;

/// <summary>What a group wants from the broker.</summary>
/// <param name="Group">Full group name: the name of its queue.</param>
/// <param name="Names">Message names and patterns, prefix included; <c>*</c> is one word, <c>#</c> any number of words.</param>
/// <param name="Prefetch">How many deliveries may wait unacknowledged.</param>
public sealed record SubscribeRequest(string Group, IReadOnlyCollection<string> Names, int Prefetch);
