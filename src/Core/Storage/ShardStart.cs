namespace Cap.Storage;

/// <summary>Where to look in a shard.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="FromId">
/// Fresh rows (never failed, not delayed) below this id need not be looked at. It lets a fetch step over dead index entries that
/// a transaction held open elsewhere keeps from being cleaned. Failed and delayed rows are found whatever their id.
/// </param>
public readonly record struct ShardStart(int Shard, long FromId);
