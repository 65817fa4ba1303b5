using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Dashboard;

/// <summary>Who asks, and what they may do.</summary>
internal sealed class Visitor
{
    private static readonly object Key = new();
    private readonly HashSet<Right> _rights;

    private Visitor(ClaimsPrincipal user, string name, HashSet<Right> rights) => (User, Name, _rights) = (user, name, rights);

    public ClaimsPrincipal User { get; }

    /// <summary>Whom the audit log names.</summary>
    public string Name { get; }

    public bool May(Right right) => _rights.Contains(right);

    /// <summary>The visitor of a request that has passed the <see cref="Gate"/>.</summary>
    public static Visitor Of(HttpContext context) => (Visitor)context.Items[Key]!;

    public static async Task<Visitor> RecognizeAsync(HttpContext context, CapDashboardOptions options)
    {
        var visitor = ApiToken.Find(context, options) is { } token ? WithToken(token, options) : await WithPoliciesAsync(context, options).ConfigureAwait(false);
        context.Items[Key] = visitor;
        return visitor;
    }

    private static Visitor WithToken(CapDashboardToken token, CapDashboardOptions options)
    {
        var user = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, token.Name)], "Cap token"));
        return new(user, token.Name, token.MayOperate && !options.IsReadOnly ? [Right.View, Right.Operate, Right.Edit] : [Right.View]);
    }

    private static async Task<Visitor> WithPoliciesAsync(HttpContext context, CapDashboardOptions options)
    {
        var rights = new HashSet<Right>();
        if (await MayAsync(context, options.ViewPolicy).ConfigureAwait(false))
        {
            rights.Add(Right.View);
            if (!options.IsReadOnly && await MayAsync(context, options.OperatePolicy).ConfigureAwait(false))
                rights.Add(Right.Operate);
            if (!options.IsReadOnly && (options.EditPolicy is null ? rights.Contains(Right.Operate) : await MayAsync(context, options.EditPolicy).ConfigureAwait(false)))
                rights.Add(Right.Edit);
        }
        var name = context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } known } ? known : "anonymous";
        return new(context.User, name, rights);
    }

    private static async Task<bool> MayAsync(HttpContext context, string? policy)
    {
        if (policy is null)
            return true;
        var authorization = context.RequestServices.GetService<IAuthorizationService>()
            ?? throw new InvalidOperationException(
                $"The dashboard is to ask the policy '{policy}', but the application has no authorization. Call builder.Services.AddAuthorization(…).");
        return (await authorization.AuthorizeAsync(context.User, context, policy).ConfigureAwait(false)).Succeeded;
    }
}
