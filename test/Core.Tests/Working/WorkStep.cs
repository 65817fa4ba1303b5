using FsCheck;
using FsCheck.Fluent;

namespace Cap.Core.Tests.Working;

/// <summary>Something that happens to a <see cref="WorkModel"/>.</summary>
/// <param name="Kind">What.</param>
/// <param name="Number">Which key or which running row, by its place.</param>
/// <param name="Bytes">Size of a new row.</param>
internal sealed record WorkStep(WorkStepKind Kind, int Number, int Bytes)
{
    public static Gen<WorkStep> Any { get; } =
        from kind in Gen.Frequency(
            (10, Gen.Constant(WorkStepKind.Commit)),
            (3, Gen.Constant(WorkStepKind.BeginOffer)),
            (3, Gen.Constant(WorkStepKind.EndOffer)),
            (4, Gen.Constant(WorkStepKind.Prepare)),
            (4, Gen.Constant(WorkStepKind.Read)),
            (4, Gen.Constant(WorkStepKind.Take)),
            (6, Gen.Constant(WorkStepKind.Succeed)),
            (2, Gen.Constant(WorkStepKind.Fail)),
            (1, Gen.Constant(WorkStepKind.HandBack)),
            (6, Gen.Constant(WorkStepKind.Settle)),
            (2, Gen.Constant(WorkStepKind.Pass))
        )
        from number in Gen.Choose(0, 50)
        from bytes in Gen.Frequency((9, Gen.Choose(0, 60)), (1, Gen.Choose(60, WorkModel.MaxBytes * 2)))
        select new WorkStep(kind, number, bytes);
}
