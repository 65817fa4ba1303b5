using Cap.Monitoring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cap;

/// <summary>Adds Cap to the health checks of an application.</summary>
public static class CapHealthCheckExtensions
{
    /// <summary>
    /// Adds the check, once for each name. Unhealthy: not started, the database away, or a worker that ended by a defect. Degraded: the broker
    /// away or a group not subscribed, while messages are stored and wait; or single rows that the database refuses. Its data says which part, why,
    /// and since when (UTC). It tells what the workers know and asks nobody, so it never hangs.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">Its name. Default: <c>cap</c>.</param>
    /// <param name="failureStatus">What is reported instead of unhealthy. Default: null, meaning unhealthy.</param>
    /// <param name="tags">Tags to filter checks by, <c>ready</c> for instance. Added again under the same name, they are added up.</param>
    /// <param name="timeout">How long it may take. Default: null, meaning no limit; it takes no time.</param>
    public static IHealthChecksBuilder AddCap(
        this IHealthChecksBuilder builder,
        string name = "cap",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<HealthCheckServiceOptions>(options =>
        {
            if (options.Registrations.FirstOrDefault(r => r.Name == name) is { } known)
                known.Tags.UnionWith(tags ?? []);
            else
                options.Registrations.Add(new(name, ActivatorUtilities.GetServiceOrCreateInstance<CapHealthCheck>, failureStatus, tags, timeout));
        });
        return builder;
    }
}
