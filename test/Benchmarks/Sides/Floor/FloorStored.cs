namespace Cap.Benchmarks;

/// <summary>A due row of the inbox, and the place of its message in the batch it was stored with.</summary>
internal readonly record struct FloorStored(long Id, int Place);
