using Cap.Conformance;
using Cap.Servers;

namespace Cap.RabbitMQ.Tests;

/// <summary>The promises with a real broker in the middle, and bundles on the way.</summary>
public sealed class BundledEngineTests : EngineConformance
{
    private readonly string _name = Names.Unique("bundled");
    private string _rabbit = "";

    protected override bool CanShare => false;

    protected override bool HasDbTransactions => false;

    public override async Task InitializeAsync() => _rabbit = await TestServers.RabbitAsync();

    protected override void Use(CapOptions cap)
    {
        cap.UseInMemoryStorage();
        cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName, o.MaxBundle) = (new Uri(_rabbit), _name, 100));
        cap.GroupNamePrefix = _name;
    }
}
