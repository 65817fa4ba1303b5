namespace Cap.PostgreSql;

/// <summary>Row ids between which a search looks, both included; null for no bound.</summary>
internal readonly record struct IdRange(long? From, long? To);
