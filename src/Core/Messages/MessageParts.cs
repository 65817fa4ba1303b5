namespace Cap.Messages;

/// <summary>What a stored content says.</summary>
/// <param name="Headers">The headers; whoever has it may change them.</param>
/// <param name="Value">The JSON of the value, a slice of the content.</param>
internal readonly record struct MessageParts(Dictionary<string, string?> Headers, ReadOnlyMemory<byte> Value);
