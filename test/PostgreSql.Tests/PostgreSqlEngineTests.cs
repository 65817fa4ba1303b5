using Cap.Conformance;

namespace Cap.PostgreSql.Tests;

/// <summary>The promises with real tables. The transport stays in the process: it is the storage that is under test.</summary>
public sealed class PostgreSqlEngineTests : EngineConformance
{
    private TestSchema? _schema;

    // Several nodes need a broker between them.
    protected override bool CanShare => false;

    public override async Task InitializeAsync() => _schema = await TestSchema.CreateAsync();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _schema!.DisposeAsync();
    }

    protected override void Use(CapOptions cap)
    {
        cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (_schema!.Options.ConnectionString, _schema.Options.Schema));
        cap.UseInProcessTransport();
    }
}
