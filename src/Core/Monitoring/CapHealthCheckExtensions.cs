using Cap.Monitoring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cap;

/// <summary>Adds Cap to the health checks of an application.</summary>
public static class CapHealthCheckExtensions
{
    private const string Name = "cap";

    /// <summary>
    /// Adds the check <c>cap</c>, once. Unhealthy: not started, the database away, or a worker that ended by a defect. Degraded: the broker
    /// away or a group not subscribed, while messages are stored and wait. Its data says which part, why, and since when (UTC). It tells
    /// what the workers know and asks nobody, so it never hangs.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="tags">Tags to filter checks by, <c>ready</c> for instance.</param>
    public static IHealthChecksBuilder AddCap(this IHealthChecksBuilder builder, params IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<HealthCheckServiceOptions>(options =>
        {
            if (options.Registrations.All(r => r.Name != Name))
                options.Registrations.Add(new(Name, ActivatorUtilities.GetServiceOrCreateInstance<CapHealthCheck>, null, tags));
        });
        return builder;
    }
}
