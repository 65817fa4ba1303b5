using Cap.Conformance;
using Cap.Servers;

namespace Cap.RabbitMQ.Tests;

/// <summary>The promises with a real broker in the middle. The storage is the simplest one: it is the transport that is under test.</summary>
public class RabbitMQEngineTests : EngineConformance
{
    private readonly string _name = Names.Unique("engine");
    private string _rabbit = "";

    /// <summary>How many messages may travel as one.</summary>
    protected virtual int MaxBundle => 1;

    protected override bool CanShare => false;

    protected override bool HasDbTransactions => false;

    public override async Task InitializeAsync() => _rabbit = await TestServers.RabbitAsync();

    protected override void Use(CapOptions cap)
    {
        cap.UseInMemoryStorage();
        cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName, o.MaxBundle) = (new Uri(_rabbit), _name, MaxBundle));
        cap.GroupNamePrefix = _name;
    }
}
