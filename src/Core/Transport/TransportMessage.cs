namespace Cap.Transport;

/// <summary>A message on its way through the broker.</summary>
/// <param name="Name">Its name, prefix included: the routing key.</param>
/// <param name="Headers">Its headers.</param>
/// <param name="Body">The JSON of its value; empty for null.</param>
public sealed record TransportMessage(string Name, IReadOnlyDictionary<string, string?> Headers, ReadOnlyMemory<byte> Body);
