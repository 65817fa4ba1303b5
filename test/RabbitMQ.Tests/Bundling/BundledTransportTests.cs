using Cap.Conformance;
using Cap.Servers;
using Cap.Transport;

namespace Cap.RabbitMQ.Tests;

/// <summary>Every promise of a transport, with bundles.</summary>
public sealed class BundledTransportTests : TransportConformance
{
    protected override bool Bundles => true;

    protected override async Task<ITransport> CreateTransportAsync() =>
        TestTransport.New(
            await TestServers.RabbitAsync(), Unique, options => (options.MaxBundle, options.ConfirmTimeout) = (100, TimeSpan.FromMinutes(1)));
}
