namespace QuickStart.Demo;

/// <summary>A payment to take.</summary>
public sealed record Payment(int Number, string Customer, int Amount);
