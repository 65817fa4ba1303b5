namespace Cap.Storage;

/// <summary>What is worth knowing about a database.</summary>
/// <param name="Now">Its clock.</param>
/// <param name="Version">Which one it is: <c>PostgreSQL 15.18</c>.</param>
/// <param name="Bytes">How much room Cap's tables take; null where that is not known.</param>
/// <param name="OldestTransaction">
/// How long the oldest open transaction has been open: while it is, the database can clean up nothing that ended later. Null for none, or
/// where that is not known.
/// </param>
/// <param name="OldestTransactionOf">Whose it is: application, user and process.</param>
public sealed record DatabaseState(
    DateTimeOffset Now, string Version, long? Bytes, TimeSpan? OldestTransaction, string? OldestTransactionOf);
