using Cap.Leasing;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Core.Tests.Leasing;

public class LeasePlanTests
{
    private static readonly Lane Outbox = new(MessageType.Publish, "v1");
    private static readonly Lane Billing = new(MessageType.Subscribe, "billing.v1");
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    [Fact]
    public void The_first_node_gets_every_shard()
    {
        var cluster = new Cluster();
        Assert.Equal(Enumerable.Range(0, 16), cluster.Beat("a").Owned[Outbox]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(16)]
    public void Nodes_share_evenly_after_a_few_heartbeats(int count)
    {
        var cluster = new Cluster();
        var names = Enumerable.Range(0, count).Select(i => $"n{i}").ToList();
        for (var round = 0; round < 4; round++)
            names.ForEach(n => cluster.Beat(n));
        var shares = names.ConvertAll(n => cluster.OwnedBy(n, Outbox));
        Assert.Equal(16, shares.Sum());
        Assert.InRange(shares.Max() - shares.Min(), 0, 1);
    }

    [Fact]
    public void A_lane_is_shared_only_by_nodes_that_can_work_it()
    {
        var cluster = new Cluster();
        for (var round = 0; round < 3; round++)
        {
            cluster.Beat("sender", [Outbox]);
            cluster.Beat("both", [Outbox, Billing]);
        }
        Assert.Equal(0, cluster.OwnedBy("sender", Billing));
        Assert.Equal(16, cluster.OwnedBy("both", Billing));
        Assert.Equal(8, cluster.OwnedBy("sender", Outbox));
    }

    [Fact]
    public void A_dead_nodes_shards_move_when_its_lease_ends_and_not_before()
    {
        var cluster = new Cluster();
        for (var round = 0; round < 3; round++)
        {
            cluster.Beat("a");
            cluster.Beat("b");
        }
        cluster.Now += LeaseTime - TimeSpan.FromSeconds(1);
        Assert.Equal(8, cluster.Beat("b").Owned[Outbox].Count);
        cluster.Now += TimeSpan.FromSeconds(2);
        Assert.Equal(16, cluster.Beat("b").Owned[Outbox].Count);
    }

    [Fact]
    public void A_node_that_was_late_does_not_go_on_with_shards_it_lost()
    {
        var cluster = new Cluster();
        cluster.Beat("a");
        cluster.Now += LeaseTime + TimeSpan.FromSeconds(1);
        cluster.Beat("b");
        Assert.Empty(cluster.Beat("a").Owned[Outbox]);
    }

    [Fact]
    public void A_surplus_shard_stays_owned_until_it_is_released()
    {
        var cluster = new Cluster { ReleaseSurplus = false };
        cluster.Beat("a");
        Assert.Empty(cluster.Beat("b").Owned[Outbox]);
        var decision = cluster.Beat("a");
        Assert.Equal(16, decision.Owned[Outbox].Count);
        Assert.Equal(8, decision.Surplus[Outbox]);
        Assert.Empty(cluster.Beat("b").Owned[Outbox]);
    }

    [Fact]
    public void Leaving_frees_every_shard_but_those_still_worked_in()
    {
        var cluster = new Cluster();
        cluster.Beat("a");
        cluster.Write(LeasePlan.Leave(cluster.Table, "a", new HashSet<(Lane, int)> { (Outbox, 3) }));
        Assert.Equal(15, cluster.Beat("b").Owned[Outbox].Count);
        Assert.DoesNotContain(3, cluster.Beat("b").Owned[Outbox]);
    }

    [Fact]
    public void Long_dead_nodes_are_forgotten()
    {
        var cluster = new Cluster();
        cluster.Beat("a");
        cluster.Now += TimeSpan.FromHours(1);
        cluster.Beat("b");
        Assert.Equal(["b"], cluster.Table.Nodes.Select(n => n.Name));
    }

    /// <summary>Whatever joins, dies, sleeps and comes back: no shard ever has two owners that believe in it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void No_shard_has_two_healthy_owners_in_any_history(int seed)
    {
        var random = new Random(seed);
        var cluster = new Cluster();
        var belief = new Dictionary<string, (DateTimeOffset Until, HashSet<int> Shards)>();
        for (var step = 0; step < 2000; step++)
        {
            cluster.Now += TimeSpan.FromSeconds(random.Next(6));
            var node = $"n{random.Next(5)}";
            var owned = cluster.Beat(node).Owned[Outbox].ToHashSet();
            belief[node] = (cluster.Now + LeaseTime, owned);
            var healthy = belief.Values.Where(b => b.Until > cluster.Now).SelectMany(b => b.Shards).ToList();
            Assert.Equal(healthy.Count, healthy.Distinct().Count());
        }
    }

    private sealed class Cluster
    {
        private readonly Dictionary<string, HashSet<(Lane, int)>> _surplus = [];
        private readonly Dictionary<(Lane, int), LeaseRow> _leases = [];
        private readonly Dictionary<string, NodeRow> _nodes = [];

        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public bool ReleaseSurplus { get; init; } = true;

        public LeaseTable Table => new(Now, [.. _nodes.Values], [.. _leases.Values]);

        public LeaseDecision Beat(string node) => Beat(node, [Outbox]);

        public LeaseDecision Beat(string node, IReadOnlyList<Lane> lanes)
        {
            var wish = new LeaseWish(node, lanes, 16, LeaseTime, _surplus.GetValueOrDefault(node, []));
            var decision = LeasePlan.Decide(Table, wish);
            Write(decision.Changes);
            _surplus[node] = ReleaseSurplus
                ? [.. decision.Owned.SelectMany(o => o.Value.TakeLast(decision.Surplus[o.Key]).Select(s => (o.Key, s)))]
                : [];
            return decision;
        }

        public int OwnedBy(string node, Lane lane) => _leases.Values.Count(l => l.Lane == lane && l.Node == node);

        public void Write(LeaseChanges changes)
        {
            if (changes.Node is { } node)
                _nodes[node.Name] = node;
            foreach (var gone in changes.RemovedNodes)
                _nodes.Remove(gone);
            foreach (var lease in changes.Leases)
                _leases[(lease.Lane, lease.Shard)] = lease;
        }
    }
}
