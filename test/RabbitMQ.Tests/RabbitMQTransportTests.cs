using Cap.Conformance;
using Cap.Servers;
using Cap.Transport;

namespace Cap.RabbitMQ.Tests;

public sealed class RabbitMQTransportTests : TransportConformance
{
    protected override async Task<ITransport> CreateTransportAsync() => TestTransport.New(await TestServers.RabbitAsync(), Unique);
}
