using Cap.Conformance;
using Npgsql;

namespace Cap.PostgreSql.Tests;

public sealed class PostgreSqlStorageConformanceTests : StorageConformance
{
    protected override async Task<StorageUnderTest> CreateAsync()
    {
        var schema = await TestSchema.CreateAsync();
        var elsewhere = await TestSchema.ElsewhereAsync();
        return new(schema.Open)
        {
            Connect = () => new NpgsqlConnection(schema.ConnectionString),
            ConnectElsewhere = () => new NpgsqlConnection(elsewhere),
            Cleanup = schema.DisposeAsync,
        };
    }
}
