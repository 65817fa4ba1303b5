using Cap.Conformance;
using Cap.Servers;

namespace Cap.EndToEnd;

/// <summary>The promises on PostgreSQL and RabbitMQ.</summary>
public sealed class PostgresRabbitEngineTests : EngineConformance
{
    private readonly string _name = Names.Unique("engine");
    private string _postgres = "";
    private string _rabbit = "";

    public override async Task InitializeAsync() => (_postgres, _rabbit) = (await TestServers.PostgresAsync(), await TestServers.RabbitAsync());

    protected override void Use(CapOptions cap)
    {
        cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (_postgres, _name));
        cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName) = (new Uri(_rabbit), _name));
        cap.GroupNamePrefix = _name;
    }
}
