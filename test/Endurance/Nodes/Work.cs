namespace Cap.Endurance;

/// <summary>What is published.</summary>
public sealed record Work(long Number, string Text);
