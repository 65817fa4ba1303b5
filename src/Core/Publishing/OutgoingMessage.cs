namespace Cap;

/// <summary>One of many messages to publish together.</summary>
/// <param name="Name">Its name, like <c>order.placed</c>.</param>
/// <param name="Value">Its value; serialized as its run-time type.</param>
/// <param name="Options">Its options; <see cref="PublishOptions.Transaction"/> must be the same for all.</param>
public sealed record OutgoingMessage(string Name, object? Value, PublishOptions? Options = null);
