namespace QuickStart;

/// <summary>What has happened so far.</summary>
/// <param name="Committed">Orders.</param>
/// <param name="Billed">Bills.</param>
/// <param name="Shipped">Shipments.</param>
/// <param name="Pending">Messages that are not settled, in the outbox or an inbox.</param>
public sealed record Totals(long Committed, long Billed, long Shipped, long Pending);
