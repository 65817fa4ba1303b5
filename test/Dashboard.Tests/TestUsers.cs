using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cap.Dashboard.Tests;

/// <summary>Users whom a header of the request names: a viewer, an operator and an editor, and policies that tell them apart.</summary>
public static class TestUsers
{
    public const string Header = "X-User";

    /// <summary>An application whose dashboard asks for them.</summary>
    public static Task<DashboardApp> StartAsync(Action<CapDashboardOptions>? options = null) => DashboardApp.StartAsync(
        declare: group => group.RequireAuthorization(),
        options: o =>
        {
            (o.ViewPolicy, o.OperatePolicy, o.EditPolicy) = ("view", "operate", "edit");
            options?.Invoke(o);
        },
        services: AddTo);

    /// <summary>Adds the users and the policies.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("test", null);
        services.AddAuthorizationBuilder()
            .AddPolicy("view", p => p.RequireAssertion(c => c.User.Identity?.Name is "viewer" or "operator" or "editor"))
            .AddPolicy("operate", p => p.RequireAssertion(c => c.User.Identity?.Name is "operator" or "editor"))
            .AddPolicy("edit", p => p.RequireAssertion(c => c.User.Identity?.Name is "editor"));
    }

    private sealed class HeaderAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers[Header].ToString() is not { Length: > 0 } name)
                return Task.FromResult(AuthenticateResult.NoResult());
            var user = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, name)], Scheme.Name));
            return Task.FromResult(AuthenticateResult.Success(new(user, Scheme.Name)));
        }
    }
}
