namespace Cap.Core.Tests.Leasing;

/// <summary>Leases under random histories of joins, heartbeats (late, lost, missed), work, deaths and departures.</summary>
public class LeaseProperties
{
    /// <summary>
    /// At every moment: no shard is used by two nodes, none is taken from a healthy node that works in it, and a term ends with every gap.
    /// A slow clock of the database must not matter.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0.9)]
    [InlineData(0)]
    public void A_shard_has_one_user_at_a_time(double databaseRate) => Property.Holds(LeaseStep.Any, 120, history => Run(history, databaseRate));

    [Fact]
    public void Every_shard_gets_an_owner_and_everybody_a_fair_share_once_things_calm_down() =>
        Property.Holds(
            LeaseStep.Any,
            80,
            history =>
            {
                var cluster = Run(history);
                // The leases of the dead end, what is too much is closed, given back, and taken.
                cluster.Rest(LeaseCluster.LeaseTime + LeaseCluster.LeaseTime / 3 * 4, workEnds: true);
                cluster.AssertAllOwned();
                cluster.AssertEven();
            }
        );

    /// <summary>Even if those who live never finish what they do.</summary>
    [Fact]
    public void The_shards_of_dead_nodes_move_within_the_lease_time_and_a_heartbeat() =>
        Property.Holds(
            LeaseStep.Any,
            80,
            history =>
            {
                var cluster = Run(history);
                for (var place = 0; cluster.Live.Count() > 1 + history.Length % 3; place++)
                    cluster.Kill(place);
                cluster.Rest(LeaseCluster.LeaseTime + LeaseCluster.LeaseTime / 3, workEnds: false);
                cluster.AssertAllOwned();
            }
        );

    private static LeaseCluster Run(LeaseStep[] history, double databaseRate = 1)
    {
        var cluster = new LeaseCluster(databaseRate);
        foreach (var step in history)
            cluster.Take(step);
        return cluster;
    }
}
