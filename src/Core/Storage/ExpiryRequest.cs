namespace Cap.Storage;

/// <summary>Asks the storage to purge what is old.</summary>
/// <param name="SucceededKeepTime">Succeeded messages go when they are at least this old.</param>
/// <param name="RememberIdsFor">Message ids of the inbox may be forgotten when they are at least this old.</param>
/// <param name="Interval">How often this is asked; a storage that rotates partitions may use it as their width.</param>
public sealed record ExpiryRequest(TimeSpan SucceededKeepTime, TimeSpan RememberIdsFor, TimeSpan Interval);
