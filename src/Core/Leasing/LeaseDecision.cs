using Cap.Storage;

namespace Cap.Leasing;

/// <summary>The answer to a <see cref="LeaseWish"/>.</summary>
/// <param name="Changes">What to write.</param>
/// <param name="Owned">The shards the node owns afterwards, ascending.</param>
/// <param name="Surplus">How many of them it should give up as soon as it can.</param>
/// <param name="Paused">The lanes that are not to be worked for now, whoever owns their shards.</param>
/// <param name="HasOperation">Whether somebody must run an operation.</param>
/// <param name="OthersExpireIn">When the first lease of another node ends if that one sends no heartbeat; null when it is alone.</param>
internal sealed record LeaseDecision(
    LeaseChanges Changes,
    IReadOnlyDictionary<Lane, IReadOnlyList<int>> Owned,
    IReadOnlyDictionary<Lane, int> Surplus,
    IReadOnlyCollection<Lane> Paused,
    bool HasOperation,
    TimeSpan? OthersExpireIn
);
