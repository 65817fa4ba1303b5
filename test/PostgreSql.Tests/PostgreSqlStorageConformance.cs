using Cap.Conformance;

namespace Cap.PostgreSql.Tests;

public sealed class PostgreSqlStorageConformance : StorageConformance
{
    protected override Task<StorageUnderTest> CreateAsync() => PostgreSqlTables.CreateAsync();
}
