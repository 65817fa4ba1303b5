namespace Cap.Benchmarks;

/// <summary>A message as the broker delivered it.</summary>
/// <param name="Stored">The delivery tag up to which everything may be acknowledged once this message is stored; 0 for none.</param>
/// <param name="MessageId">Its id.</param>
/// <param name="Content">Its content.</param>
internal readonly record struct FloorItem(ulong Stored, string MessageId, ReadOnlyMemory<byte> Content);
