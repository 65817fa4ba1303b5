using Cap.Conformance;
using Cap.Leasing;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Core.Tests.Leasing;

public class LeasesTests
{
    private static readonly Lane Outbox = new(MessageType.Publish, "v1");
    private readonly FakeTimeProvider _time = new();
    private readonly CapOptions _options = new();
    private readonly Leases _leases;

    public LeasesTests() => _leases = new(_options, _time);

    [Fact]
    public void Nothing_is_owned_once_the_last_heartbeat_is_too_old()
    {
        Beat([1, 2]);
        Assert.Equal([1, 2], _leases.Of(Outbox));
        _time.Advance(_options.LeaseTime);
        Assert.Empty(_leases.Of(Outbox));
        Assert.DoesNotContain(1, _leases.TermsOf(Outbox).Keys);
    }

    [Fact]
    public void A_term_lasts_over_heartbeats()
    {
        Beat([1]);
        var term = _leases.TermsOf(Outbox)[1];
        Beat([1, 2]);
        Assert.True(_leases.HoldsStill(Outbox, 1, term));
        Assert.NotEqual(term, _leases.TermsOf(Outbox)[2]);
    }

    /// <summary>Another node may have worked the shard in between.</summary>
    [Fact]
    public void What_was_admitted_before_a_lapse_may_not_be_started_after_it()
    {
        Beat([1]);
        var term = _leases.TermsOf(Outbox)[1];
        _time.Advance(_options.LeaseTime);
        Beat([1]);
        Assert.False(_leases.HoldsStill(Outbox, 1, term));
        Assert.Contains(1, _leases.TermsOf(Outbox).Keys);
    }

    [Fact]
    public void In_a_shard_that_is_about_to_be_given_up_only_what_was_admitted_may_be_started()
    {
        Beat([1]);
        var term = _leases.TermsOf(Outbox)[1];
        _leases.Set(new Dictionary<Lane, IReadOnlyList<int>> { [Outbox] = [] }, new HashSet<(Lane, int)> { (Outbox, 1) }, _time.GetTimestamp());
        Assert.DoesNotContain(1, _leases.TermsOf(Outbox).Keys);
        Assert.True(_leases.HoldsStill(Outbox, 1, term));
    }

    private void Beat(IReadOnlyList<int> shards) =>
        _leases.Set(new Dictionary<Lane, IReadOnlyList<int>> { [Outbox] = shards }, new HashSet<(Lane, int)>(), _time.GetTimestamp());
}
