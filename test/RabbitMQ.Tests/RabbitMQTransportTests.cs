using Cap.Conformance;
using Cap.Servers;
using Cap.Transport;

namespace Cap.RabbitMQ.Tests;

public sealed class RabbitMQTransportTests : TransportConformance
{
    // One test declares 31 queues at once, beside those of other tests.
    protected override async Task<ITransport> CreateTransportAsync() =>
        TestTransport.New(await TestServers.RabbitAsync(), Unique, options => options.ConfirmTimeout = TimeSpan.FromMinutes(1));
}
