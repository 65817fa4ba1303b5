namespace QuickStart;

/// <summary>The message: an order was placed.</summary>
public sealed record OrderPlaced(long Order, string Customer, decimal Amount);
