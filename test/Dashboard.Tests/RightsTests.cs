using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cap.Dashboard.Tests;

/// <summary>Three policies, and what each lets somebody do. Who asks, a header says.</summary>
public sealed class RightsTests
{
    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)]
    [InlineData("nobody", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("viewer", HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("operator", HttpStatusCode.OK, HttpStatusCode.SeeOther, HttpStatusCode.Forbidden)]
    [InlineData("editor", HttpStatusCode.OK, HttpStatusCode.SeeOther, HttpStatusCode.OK)]
    public async Task Each_right_lets_do_what_it_is_for(string? who, HttpStatusCode view, HttpStatusCode operate, HttpStatusCode edit)
    {
        await using var app = await DashboardApp.StartAsync(
            declare: group => group.RequireAuthorization(),
            options: o => (o.ViewPolicy, o.OperatePolicy, o.EditPolicy) = ("view", "operate", "edit"),
            services: services =>
            {
                services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, HeaderAuthentication>("test", null);
                services.AddAuthorizationBuilder()
                    .AddPolicy("view", p => p.RequireUserName("viewer", "operator", "editor"))
                    .AddPolicy("operate", p => p.RequireUserName("operator", "editor"))
                    .AddPolicy("edit", p => p.RequireUserName("editor"));
            });
        await app.FillAsync();
        var failed = await app.FailedAsync();
        if (who is not null)
            app.Client.DefaultRequestHeaders.Add("X-User", who);

        await app.GetAsync("", view);
        await app.GetAsync($"edit?type=received&id={failed.Id}", edit);
        using var acted = await app.PostAsync("act", ("type", "received"), ("kind", "retry"), ("ids", $"{failed.Id}"));
        Assert.Equal(operate, acted.StatusCode);
        if (operate == HttpStatusCode.SeeOther)
            Assert.Contains(who!, await app.GetAsync("audit"), StringComparison.Ordinal);
    }

    private sealed class HeaderAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (Request.Headers["X-User"].ToString() is not { Length: > 0 } name)
                return Task.FromResult(AuthenticateResult.NoResult());
            var user = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, name)], Scheme.Name));
            return Task.FromResult(AuthenticateResult.Success(new(user, Scheme.Name)));
        }
    }
}

file static class Policies
{
    public static void RequireUserName(this Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder policy, params string[] names) =>
        policy.RequireAssertion(context => names.Contains(context.User.Identity?.Name));
}
