using Cap.Conformance;

namespace Cap.Core.Tests;

public sealed class InMemoryEngineTests : EngineConformance
{
    protected override bool CanShare => false;

    protected override bool HasDbTransactions => false;

    protected override void Use(CapOptions cap) => cap.UseInMemory();
}
