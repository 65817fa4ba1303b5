using Cap.InMemory;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cap;

/// <summary>Chooses tables in memory: for tests of an application's own handlers.</summary>
public static class InMemoryExtensions
{
    /// <summary>Tables and transport in the memory of this process. Whatever they hold is gone with the process.</summary>
    /// <returns>The same options.</returns>
    public static CapOptions UseInMemory(this CapOptions options) => options.UseInMemoryStorage().UseInProcessTransport();

    /// <summary>
    /// Keeps messages in the memory of this process, with the semantics of a database: what is published in a transaction is seen
    /// when it commits. The registered <see cref="TimeProvider"/> is its clock. Whatever it holds is gone with the process.
    /// </summary>
    /// <returns>The same options.</returns>
    public static CapOptions UseInMemoryStorage(this CapOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.UseStorage(
            "in-memory",
            static services => services.TryAddSingleton<IStorage>(static provider =>
                new InMemoryStorage(provider.GetService<TimeProvider>() ?? TimeProvider.System)),
            static () => []);
        return options;
    }
}
