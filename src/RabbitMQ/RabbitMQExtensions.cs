using Cap.RabbitMQ;
using Cap.Transport;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cap;

/// <summary>Chooses RabbitMQ as the transport.</summary>
public static class RabbitMQExtensions
{
    /// <summary>Sends and receives through the RabbitMQ broker at a host (or several, separated by commas), or at an <c>amqp://</c> address.</summary>
    /// <returns>The same options.</returns>
    public static CapOptions UseRabbitMQ(this CapOptions options, string hostOrUri)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(hostOrUri);
        return options.UseRabbitMQ(rabbit =>
        {
            if (hostOrUri.Contains("://", StringComparison.Ordinal))
                rabbit.Uri = new(hostOrUri);
            else
                rabbit.HostName = hostOrUri;
        });
    }

    /// <summary>Sends and receives through the RabbitMQ broker the options describe.</summary>
    /// <returns>The same options.</returns>
    public static CapOptions UseRabbitMQ(this CapOptions options, Action<RabbitMQOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        var rabbit = new RabbitMQOptions();
        configure(rabbit);
        options.UseTransport(
            "RabbitMQ",
            services =>
            {
                services.TryAddSingleton(rabbit);
                services.TryAddSingleton<ITransport, RabbitMQTransport>();
            },
            () => RabbitMQOptionsChecks.Check(rabbit)
        );
        return options;
    }
}
