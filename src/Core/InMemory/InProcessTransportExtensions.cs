using Cap.InMemory;
using Cap.Transport;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cap;

/// <summary>Chooses the transport that needs no broker.</summary>
public static class InProcessTransportExtensions
{
    /// <summary>
    /// Carries messages between the subscribers of this process only. A message is confirmed when every group it matches has
    /// stored it, so nothing is lost when the process dies. A name no group in this process subscribes to is refused.
    /// </summary>
    /// <returns>The same options.</returns>
    public static CapOptions UseInProcessTransport(this CapOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.UseTransport("in-process", static services => services.TryAddSingleton<ITransport, InProcessTransport>(), static () => []);
        return options;
    }
}
