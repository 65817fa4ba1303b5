namespace Cap.Storage;

/// <summary>A header that a message must have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null for any.</param>
public sealed record HeaderMatch(string Name, string? Value);
