using Microsoft.Extensions.Hosting;

namespace Cap.Starting;

/// <summary>Starts and stops Cap with the host.</summary>
internal sealed class CapHostedService(IBootstrapper bootstrapper) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => bootstrapper.BootstrapAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => bootstrapper.StopAsync(cancellationToken);
}
