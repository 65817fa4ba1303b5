namespace Cap.Messages;

/// <summary>A message as filters and callbacks see it: its headers and its value.</summary>
/// <param name="Headers">All headers, Cap's own among them.</param>
/// <param name="Value">The value; on the receiving side already of the handler's parameter type, or null.</param>
public sealed record Message(IDictionary<string, string?> Headers, object? Value)
{
    /// <summary>The id of the message.</summary>
    public string Id => Headers[Messages.Headers.MessageId] ?? "";

    /// <summary>The name of the message.</summary>
    public string Name => Headers[Messages.Headers.MessageName] ?? "";
}
