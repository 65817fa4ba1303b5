using Cap.Consuming;
using Cap.Leasing;
using Cap.Monitoring;
using Cap.Operating;
using Cap.Publishing;
using Cap.Relaying;
using Cap.Serialization;
using Cap.Starting;
using Cap.Waking;
using Cap.Working;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Cap;

/// <summary>Adds Cap to an application.</summary>
public static class CapServiceCollectionExtensions
{
    /// <summary>
    /// Adds Cap. May be called several times, also by different modules: they configure the same options.
    /// </summary>
    /// <exception cref="InvalidOperationException">Two storages or two transports are chosen.</exception>
    public static CapBuilder AddCap(this IServiceCollection services, Action<CapOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = services.FirstOrDefault(s => s.ServiceType == typeof(CapOptions))?.ImplementationInstance as CapOptions;
        if (options is null)
        {
            options = new CapOptions();
            services.AddSingleton(options);
            AddCore(services);
        }
        var (storage, transport) = (options.Storage, options.Transport);
        configure(options);
        if (options.Storage != storage)
            options.Storage!.Register(services);
        if (options.Transport != transport)
            options.Transport!.Register(services);
        return new(services);
    }

    private static void AddCore(IServiceCollection services)
    {
        services.TryAddSingleton(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ISerializer, SystemTextJsonSerializer>();
        services.TryAddSingleton<Leases>();
        services.TryAddSingleton<WakeUps>();
        services.TryAddSingleton<MessageComposer>();
        services.TryAddSingleton<CapPublisher>();
        services.TryAddSingleton<ICapPublisher>(provider => provider.GetRequiredService<CapPublisher>());
        services.TryAddSingleton<GivenUp>();
        services.TryAddSingleton<Statistics>();
        services.TryAddSingleton<Replay>();
        services.TryAddSingleton<Troubles>();
        services.TryAddSingleton<BrokerGate>();
        services.TryAddSingleton<HandlerRunner>();
        services.TryAddSingleton<IBootstrapper, Bootstrapper>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, CapHostedService>());
    }
}
