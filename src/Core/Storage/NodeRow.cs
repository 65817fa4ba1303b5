namespace Cap.Storage;

/// <summary>A running process of the application.</summary>
/// <param name="Name">Unique name of the node.</param>
/// <param name="ExpiresAt">Its leases are void after this time of the database's clock.</param>
/// <param name="Lanes">The lanes it can work.</param>
public sealed record NodeRow(string Name, DateTimeOffset ExpiresAt, IReadOnlyList<Lane> Lanes)
{
    /// <summary>What does not work in it, as it says itself, one line each; empty when all does.</summary>
    public string Troubles { get; init; } = "";

    /// <summary>When it joined, UTC; null where that is not known.</summary>
    public DateTimeOffset? JoinedAt { get; init; }
}
