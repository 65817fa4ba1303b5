namespace Cap.Storage;

/// <summary>Where to look in a shard.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="FromId">
/// Fresh rows (never failed, not delayed) without a key need not be looked at below this id. It lets a fetch step over dead index
/// entries that a transaction held open elsewhere keeps from being cleaned. Failed and delayed rows are found whatever their id, and so
/// are rows with a key: one that committed late or was held back must not be overtaken by a later one of its key.
/// </param>
public readonly record struct ShardStart(int Shard, long FromId);
