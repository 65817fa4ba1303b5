using Cap.Servers;

namespace Cap.RabbitMQ.Tests;

/// <summary>A broker that the tests of one class may kill, pause and starve.</summary>
public sealed class OwnBroker : IAsyncLifetime
{
    public RabbitServer Server { get; } = new();

    public Task InitializeAsync() => Server.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}
