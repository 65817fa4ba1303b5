namespace QuickStart.Demo;

/// <summary>Goods to put aside.</summary>
public sealed record Reservation(string Good, int Pieces);
