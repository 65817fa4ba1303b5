namespace Cap.Storage;

/// <summary>What every node that shares the tables must agree on, or the views must know.</summary>
/// <param name="ShardCount">Shards of each lane. Fixed when the tables are made; another value is refused.</param>
/// <param name="SucceededKeepTime">For the <c>ExpiresAt</c> of succeeded rows in the public views.</param>
public sealed record StorageSettings(int ShardCount, TimeSpan SucceededKeepTime);
