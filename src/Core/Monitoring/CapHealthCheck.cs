using Cap.Relaying;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cap.Monitoring;

/// <summary>Tells what the workers know already: asks neither database nor broker, so it is quick and never hangs.</summary>
internal sealed class CapHealthCheck(IBootstrapper bootstrapper, Troubles troubles, BrokerGate gate) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var now = troubles.Now.ToList();
        if (gate.Away is { } away)
            now.Insert(0, away);
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var trouble in now)
        {
            data[trouble.What] = trouble.Reason;
            data[$"{trouble.What} since"] = trouble.Since;
        }
        var isStarted = bootstrapper.IsStarted;
        var said = string.Join(" ", now.Select(t => $"{t.What}: {t.Reason}"));
        HealthCheckResult result =
            !isStarted ? new(context.Registration.FailureStatus, $"Cap is not started. {said}".TrimEnd(), data: data)
            : now.Any(t => t.StopsWork) ? new(context.Registration.FailureStatus, said, data: data)
            : now.Count > 0 ? HealthCheckResult.Degraded(said, data: data)
            : HealthCheckResult.Healthy("Cap works.");
        return Task.FromResult(result);
    }
}
