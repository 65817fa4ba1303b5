using Cap.Conformance;

namespace Cap.Sqlite.Tests;

/// <summary>The promises on a SQLite file, within one process.</summary>
public sealed class SqliteEngineTests : EngineConformance
{
    private readonly TestFile _file = new();

    protected override bool CanShare => false;

    protected override bool CanWriteBesideATransaction => false;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _file.DisposeAsync();
    }

    protected override void Use(CapOptions cap) => cap.UseSqlite(_file.ConnectionString).UseInProcessTransport();
}
