namespace Cap;

/// <summary>
/// Makes a method a handler of messages, or, on a class, gives its methods' partial names a first part. A method may handle several names.
/// </summary>
/// <param name="name">
/// Message name or pattern: words separated by dots, <c>*</c> for one word, <c>#</c> for any number of words, as the broker's topic
/// exchange matches them.
/// </param>
/// <param name="isPartial">The name follows the one on the class: <c>orders</c> and <c>placed</c> make <c>orders.placed</c>.</param>
/// <remarks>
/// Parameters: the value of the message (at most one), <c>[FromCap] CapHeader</c>, <see cref="CancellationToken"/>, and
/// <see cref="ICapTransaction"/> to take part in Cap's own transaction (exactly-once effect). Without it a message is handled at least
/// once: a crash between the handler's end and the note of it runs the handler again. The return value (also of a <c>Task</c> or
/// <c>ValueTask</c>) answers the message if its publisher named a callback. Each call has its own DI scope.
/// When a name fits several handlers of one group, the one with the exact name runs; two that cannot be told apart are an error
/// at the start.
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class CapSubscribeAttribute(string name, bool isPartial = false) : Attribute
{
    /// <summary>Message name or pattern.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the name follows the one on the class.</summary>
    public bool IsPartial { get; } = isPartial;

    /// <summary>Group; each group gets every message once. Default: that of the class, or <see cref="CapOptions.DefaultGroupName"/>.</summary>
    public string? Group { get; set; }

    /// <summary>How many handlers of the group run at once on a node. Default: 0, meaning <see cref="CapOptions.ConsumerThreadCount"/>.</summary>
    public byte GroupConcurrent { get; set; }

    /// <summary>
    /// How many seconds a run of the handler may take before its token is cancelled; see <see cref="CapOptions.HandlerTimeout"/>. Default: 0,
    /// meaning that of the class, or <see cref="CapOptions.HandlerTimeout"/>. At most 30 days.
    /// </summary>
    public int TimeoutSeconds { get; set; }
}
