using Cap.Messages;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cap.Conformance;

/// <summary>An application with Cap in it, as a host would run it.</summary>
public sealed class TestNode : IAsyncDisposable
{
    private readonly IHost _host;

    /// <summary>Builds it.</summary>
    public TestNode(Action<CapOptions> configure, Action<CapBuilder> build)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        build(builder.Services.AddCap(configure));
        _host = builder.Build();
    }

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Its publisher.</summary>
    public ICapPublisher Publisher => _host.Services.GetRequiredService<ICapPublisher>();

    /// <summary>Its storage.</summary>
    public IStorage Storage => _host.Services.GetRequiredService<IStorage>();

    /// <summary>Its start and stop.</summary>
    public IBootstrapper Bootstrapper => _host.Services.GetRequiredService<IBootstrapper>();

    /// <summary>Starts it.</summary>
    public Task StartAsync(CancellationToken stop) => _host.StartAsync(stop);

    /// <summary>Stops it, as SIGTERM would.</summary>
    public Task StopAsync(CancellationToken stop = default) => _host.StopAsync(stop);

    /// <summary>Waits until nothing is left to do on both sides, and fails when something was given up.</summary>
    public Task SettledAsync() =>
        Eventually.BecomesTrueAsync(async () =>
        {
            var published = await Storage.CountAsync(MessageType.Publish, default);
            var received = await Storage.CountAsync(MessageType.Subscribe, default);
            Assert.True(published.Failed + received.Failed == 0, $"published {published}, received {received}");
            return published is { Scheduled: 0, Delayed: 0 } && received is { Scheduled: 0, Delayed: 0 };
        });

    /// <summary>Waits until one message of this name has the state, and returns it.</summary>
    public async Task<StoredMessage> FindAsync(MessageType type, string name, StatusName status)
    {
        var found = await Eventually.GetAsync(
            () => Storage.FindAsync(new() { Type = type, Name = name, Status = status }, default),
            rows => rows.Count > 0
        );
        return found[0];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        _host.Dispose();
    }
}
