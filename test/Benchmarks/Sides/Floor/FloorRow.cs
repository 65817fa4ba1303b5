namespace Cap.Benchmarks;

/// <summary>A row of the outbox.</summary>
internal readonly record struct FloorRow(long Id, string MessageId, byte[] Content);
