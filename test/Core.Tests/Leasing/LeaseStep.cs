using FsCheck;
using FsCheck.Fluent;

namespace Cap.Core.Tests.Leasing;

/// <summary>Something that happens in a <see cref="LeaseCluster"/>.</summary>
/// <param name="Kind">What.</param>
/// <param name="Place">The place of the node it happens to.</param>
/// <param name="Shard">The shard, where it needs one.</param>
/// <param name="Time">How much time passes, where any does.</param>
internal sealed record LeaseStep(LeaseStepKind Kind, int Place, int Shard, TimeSpan Time)
{
    public const int Places = 5;

    /// <summary>A node that is not chosen for long is one that is paused.</summary>
    public static Gen<LeaseStep> Any { get; } =
        from kind in Gen.Frequency(
            (2, Gen.Constant(LeaseStepKind.Join)),
            (8, Gen.Constant(LeaseStepKind.Beat)),
            (3, Gen.Constant(LeaseStepKind.Send)),
            (3, Gen.Constant(LeaseStepKind.Arrive)),
            (3, Gen.Constant(LeaseStepKind.Answer)),
            (1, Gen.Constant(LeaseStepKind.Lose)),
            (6, Gen.Constant(LeaseStepKind.Work)),
            (5, Gen.Constant(LeaseStepKind.Finish)),
            (1, Gen.Constant(LeaseStepKind.Die)),
            (1, Gen.Constant(LeaseStepKind.Leave)),
            (8, Gen.Constant(LeaseStepKind.Pass))
        )
        from place in Gen.Choose(0, Places - 1)
        from shard in Gen.Choose(0, LeaseCluster.ShardCount - 1)
        from milliseconds in Gen.Frequency((8, Gen.Choose(0, 4000)), (1, Gen.Choose(4000, 20_000)))
        select new LeaseStep(kind, place, shard, TimeSpan.FromMilliseconds(milliseconds));

    public override string ToString() => $"{Kind} place {Place} shard {Shard} after {Time.TotalMilliseconds} ms";
}
