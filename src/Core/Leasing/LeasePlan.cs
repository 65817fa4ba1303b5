using Cap.Storage;

namespace Cap.Leasing;

/// <summary>
/// Decides who owns which shard. Pure: the same table and wish give the same answer. Every node runs it for itself, under the
/// storage's lease lock, so no two nodes decide at once.
/// </summary>
/// <remarks>
/// Each live node that can work a lane may own its quota of the lane's shards; the quotas of all nodes add up to the shard count and
/// differ by one at most. A node takes free shards up to its quota, and is told to give up what is above it; it goes on owning
/// those until it has finished what it started in them.
/// </remarks>
internal static class LeasePlan
{
    /// <summary>Void nodes stay visible for a while, for people who look.</summary>
    private static readonly TimeSpan KeepDeadNodes = TimeSpan.FromMinutes(1);

    public static LeaseDecision Decide(LeaseTable table, LeaseWish wish)
    {
        var alive = table.Nodes.Where(n => n.ExpiresAt > table.Now).ToDictionary(n => n.Name);
        // A node that was late has lost its shards, even if nobody has taken them yet: it must not go on as if nothing had been.
        var wasAlive = alive.ContainsKey(wish.Node);
        var me = new NodeRow(wish.Node, table.Now + wish.LeaseTime, wish.Lanes) { Troubles = wish.Troubles };
        alive[wish.Node] = me;

        var changes = new List<LeaseRow>();
        var owned = new Dictionary<Lane, IReadOnlyList<int>>();
        var surplus = new Dictionary<Lane, int>();
        var leases = table.Leases.ToLookup(l => l.Lane);
        foreach (var lane in wish.Lanes)
        {
            var owners = leases[lane].ToDictionary(l => l.Shard, l => l.Node);
            var mine = new List<int>();
            var free = new List<int>();
            for (var shard = 0; shard < wish.ShardCount; shard++)
            {
                var owner = owners.GetValueOrDefault(shard);
                if (owner == wish.Node && wasAlive)
                    (wish.Releases.Contains((lane, shard)) ? free : mine).Add(shard);
                else if (owner is null || owner == wish.Node || !alive.ContainsKey(owner))
                    free.Add(shard);
            }
            var quota = Quota(wish, lane, alive.Values);
            var taken = free.Take(Math.Max(0, quota - mine.Count)).ToHashSet();
            changes.AddRange(
                free.Where(s => taken.Contains(s) || owners.GetValueOrDefault(s) == wish.Node)
                    .Select(s => new LeaseRow(lane, s, taken.Contains(s) ? wish.Node : null))
                    .Where(row => !owners.TryGetValue(row.Shard, out var owner) || owner != row.Node)
            );
            mine.AddRange(taken);
            mine.Sort();
            owned[lane] = mine;
            surplus[lane] = Math.Max(0, mine.Count - quota);
        }
        var gone = table.Nodes.Where(n => n.Name != wish.Node && n.ExpiresAt + KeepDeadNodes < table.Now).Select(n => n.Name).ToList();
        var firstToEnd = alive.Values.Where(n => n.Name != wish.Node).Select(n => (TimeSpan?)(n.ExpiresAt - table.Now)).Min();
        return new(new(me, gone, changes), owned, surplus, table.Paused, table.HasOperation, firstToEnd);
    }

    /// <summary>Gives everything back.</summary>
    /// <param name="table">The table.</param>
    /// <param name="node">The node that leaves.</param>
    /// <param name="keep">Shards it still works in: they stay leased until the lease ends by itself.</param>
    public static LeaseChanges Leave(LeaseTable table, string node, IReadOnlySet<(Lane, int)> keep)
    {
        var mine = table.Leases.Where(l => l.Node == node).ToList();
        var freed = mine.Where(l => !keep.Contains((l.Lane, l.Shard))).Select(l => l with { Node = null }).ToList();
        var row = table.Nodes.FirstOrDefault(n => n.Name == node);
        // Without lanes it counts no more for the quotas, but what it keeps stays leased.
        return freed.Count < mine.Count && row is not null ? new(row with { Lanes = [] }, [], freed) : new(null, [node], freed);
    }

    private static int Quota(LeaseWish wish, Lane lane, IEnumerable<NodeRow> alive)
    {
        var names = alive.Where(n => n.Lanes.Contains(lane)).Select(n => n.Name).Order(StringComparer.Ordinal).ToList();
        var rank = names.IndexOf(wish.Node);
        return wish.ShardCount / names.Count + (rank < wish.ShardCount % names.Count ? 1 : 0);
    }
}
