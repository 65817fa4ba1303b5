using Cap.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Cap;

/// <summary>Adds the dashboard to an application.</summary>
public static class CapDashboardExtensions
{
    /// <summary>
    /// Maps the dashboard, its assets and its API beneath a prefix. Nothing has to be registered, and all its links are relative, so it works
    /// under any prefix, path base or proxy.
    /// </summary>
    /// <remarks>
    /// It shows what is in messages, so it must be said who may see it: it answers nothing but an explanation until the returned group has an
    /// authorization (<c>RequireAuthorization</c>) or lets everybody in (<c>AllowAnonymous</c>).
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">Where. Default: <c>/cap</c>.</param>
    /// <param name="configure">Sets options.</param>
    /// <returns>The group of all its endpoints.</returns>
    /// <exception cref="InvalidOperationException"><c>AddCap</c> was not called.</exception>
    /// <exception cref="CapConfigurationException">An option has a value that cannot be.</exception>
    public static RouteGroupBuilder MapCapDashboard(
        this IEndpointRouteBuilder endpoints, string prefix = "/cap", Action<CapDashboardOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        var options = new CapDashboardOptions();
        configure?.Invoke(options);
        options.Check();
        var sources = new Sources(endpoints.ServiceProvider, options);
        var group = endpoints.MapGroup(prefix.TrimEnd('/'));
        group.AddEndpointFilter(new Gate(options).InvokeAsync);
        group.WithMetadata(new NotDescribed());
        PageEndpoints.Map(group, sources);
        ActionEndpoints.Map(group, sources);
        ApiEndpoints.Map(group, sources);
        AssetEndpoints.Map(group);
        return group;
    }

    /// <summary>The application's own description of its API is about the application; the dashboard has one of its own.</summary>
    private sealed class NotDescribed : IExcludeFromDescriptionMetadata
    {
        public bool ExcludeFromDescription => true;
    }
}
