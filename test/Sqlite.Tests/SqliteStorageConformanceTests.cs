using Cap.Conformance;

namespace Cap.Sqlite.Tests;

public sealed class SqliteStorageConformanceTests : StorageConformance
{
    protected override Task<StorageUnderTest> CreateAsync() => Task.FromResult(new TestFile().UnderTest());
}
