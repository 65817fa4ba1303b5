using Cap.Conformance;
using Cap.InMemory;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Core.Tests.Leasing;

/// <summary>
/// Processes that share a database, and what must be true of them at every moment. Their monotonic clocks run at one rate; what their
/// clocks show differs by minutes. The database's clock may be slower than theirs, but not faster: leases would end too early.
/// </summary>
internal sealed class LeaseCluster
{
    public const int ShardCount = 6;

    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);

    private static readonly Lane Outbox = new(MessageType.Publish, "v1");
    private static readonly Lane Billing = new(MessageType.Subscribe, "billing.v1");
    private static readonly Lane[] AllLanes = [Outbox, Billing];

    private readonly double _databaseRate;
    private readonly FakeTimeProvider _databaseClock = new();
    private readonly InMemoryStorage _database;
    private readonly LeaseHost?[] _hosts = new LeaseHost?[LeaseStep.Places];
    private readonly List<LeaseHost> _left = [];
    private readonly Dictionary<(LeaseHost, Lane, int, int), (int Changes, bool IsOver)> _terms = [];
    private readonly Dictionary<(Lane, int), (string? Last, int Changes)> _owners = [];
    private int _joined;

    public LeaseCluster(double databaseRate)
    {
        _databaseRate = databaseRate;
        _database = new(_databaseClock);
    }

    public IEnumerable<LeaseHost> Live => _hosts.OfType<LeaseHost>();

    public void Take(LeaseStep step)
    {
        var host = _hosts[step.Place];
        var lane = AllLanes[step.Shard % 2];
        switch (step.Kind)
        {
            case LeaseStepKind.Join when host is null:
                // Every third process only publishes.
                IReadOnlyList<Lane> lanes = ++_joined % 3 == 0 ? [Outbox] : AllLanes;
                _hosts[step.Place] = new($"n{_joined}", lanes, _database, TimeSpan.FromMinutes(step.Shard - 3));
                break;
            case LeaseStepKind.Pass:
                Pass(step.Time);
                break;
            case LeaseStepKind.Beat:
                host?.Beat();
                break;
            case LeaseStepKind.Send:
                host?.Send();
                break;
            case LeaseStepKind.Arrive:
                host?.Arrive();
                break;
            case LeaseStepKind.Answer:
                host?.Answer();
                break;
            case LeaseStepKind.Lose:
                host?.Lose();
                break;
            case LeaseStepKind.Work:
                host?.Work(lane, step.Shard);
                break;
            case LeaseStepKind.Finish:
                host?.Works.RemoveAll(w => w.Shard == step.Shard);
                break;
            case LeaseStepKind.Die:
                Kill(step.Place);
                break;
            case LeaseStepKind.Leave when host is not null:
                host.Leave();
                _left.Add(host);
                _hosts[step.Place] = null;
                break;
        }
        Check();
    }

    public void Kill(int place) => _hosts[place] = null;

    public void Pass(TimeSpan time)
    {
        _databaseClock.Advance(time * _databaseRate);
        foreach (var host in Live.Concat(_left))
            host.Pass(time);
        Check();
    }

    /// <summary>All live nodes beat three times per lease time, for as long.</summary>
    public void Rest(TimeSpan time, bool workEnds)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += LeaseTime / 3)
        {
            Pass(LeaseTime / 3);
            foreach (var host in Live)
            {
                if (workEnds)
                    host.Works.Clear();
                host.Beat();
                Check();
            }
        }
    }

    /// <summary>Every shard that somebody can work belongs to somebody who lives.</summary>
    public void AssertAllOwned()
    {
        var owners = Owners();
        foreach (var lane in AllLanes.Where(lane => Live.Any(h => h.Lanes.Contains(lane))))
        {
            for (var shard = 0; shard < ShardCount; shard++)
                Assert.True(Live.Any(h => h.Name == owners.GetValueOrDefault((lane, shard))), $"Nobody owns {lane} {shard}.");
        }
    }

    /// <summary>Everybody may use what it owns, and nobody has two more than somebody else.</summary>
    public void AssertEven()
    {
        var owners = Owners();
        foreach (var lane in AllLanes)
        {
            var shares = Live.Where(h => h.Lanes.Contains(lane)).Select(h => h.Leases.Of(lane).Count).ToList();
            if (shares.Count == 0)
                continue;
            Assert.Equal(ShardCount, shares.Sum());
            Assert.InRange(shares.Max() - shares.Min(), 0, 1);
            foreach (var host in Live)
                Assert.All(host.Leases.Of(lane), shard => Assert.Equal(host.Name, owners[(lane, shard)]));
        }
    }

    private void Check()
    {
        foreach (var (place, owner) in Owners())
        {
            var (last, changes) = _owners.GetValueOrDefault(place);
            if (owner is not null && owner != last)
                _owners[place] = (owner, changes + 1);
        }
        foreach (var host in Live)
            CheckTerms(host);
        foreach (var host in Live.Concat(_left))
            CheckWorks(host);
        foreach (var lane in AllLanes)
        {
            for (var shard = 0; shard < ShardCount; shard++)
            {
                var users = Live.Where(h => Uses(h, lane, shard)).Select(h => h.Name).ToList();
                Assert.True(users.Count <= 1, $"{lane} {shard} is used by {string.Join(" and ", users)}.");
            }
        }
    }

    /// <summary>Whether it may start work in the shard, new or admitted.</summary>
    private static bool Uses(LeaseHost host, Lane lane, int shard) =>
        host.Leases.TermsOf(lane).ContainsKey(shard)
        || host.Works.Exists(w => w.Lane == lane && w.Shard == shard && host.Leases.HoldsStill(lane, shard, w.Term));

    /// <summary>A term never comes back, and nobody else owned the shard while it lasts.</summary>
    private void CheckTerms(LeaseHost host)
    {
        foreach (var lane in AllLanes)
        {
            for (var shard = 0; shard < ShardCount; shard++)
            {
                if (!host.Leases.TermsOf(lane).TryGetValue(shard, out var term))
                    continue;
                Assert.True(host.IsHealthy, $"{host.Name} uses {lane} {shard} without a lease.");
                _terms.TryAdd((host, lane, shard, term), (_owners[(lane, shard)].Changes, false));
            }
        }
        foreach (var ((owner, lane, shard, term), (changes, isOver)) in _terms.Where(t => t.Key.Item1 == host).ToList())
        {
            var holds = host.Leases.HoldsStill(lane, shard, term);
            Assert.False(holds && isOver, $"Term {term} of {lane} {shard} came back at {host.Name}.");
            if (holds && Uses(host, lane, shard))
                Assert.True(changes == _owners[(lane, shard)].Changes, $"{lane} {shard} belonged to others in term {term} of {host.Name}.");
            _terms[(owner, lane, shard, term)] = (changes, !holds);
        }
    }

    /// <summary>A shard in which a node works is not taken from it while the node is healthy, nor, when it has stopped, before its lease ends.</summary>
    private void CheckWorks(LeaseHost host)
    {
        var owners = Owners();
        foreach (var work in host.Works)
        {
            work.HasLapsed |= !host.IsHealthy;
            if (!work.HasLapsed)
                Assert.True(owners[(work.Lane, work.Shard)] == host.Name, $"{work.Lane} {work.Shard} was taken from {host.Name}, which works in it.");
            if (!work.HasLapsed && !_left.Contains(host))
                Assert.True(host.Leases.HoldsStill(work.Lane, work.Shard, work.Term), $"{host.Name} may not finish its work in {work.Lane} {work.Shard}.");
        }
    }

    private Dictionary<(Lane, int), string?> Owners()
    {
        Dictionary<(Lane, int), string?> owners = [];
        var read = _database.UpdateLeasesAsync(
            table =>
            {
                owners = table.Leases.ToDictionary(l => (l.Lane, l.Shard), l => l.Node);
                return new(null, [], []);
            },
            default
        );
        Assert.True(read.IsCompletedSuccessfully);
        return owners;
    }
}
