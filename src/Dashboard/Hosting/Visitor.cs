using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Dashboard;

/// <summary>Who asks, and what they may do.</summary>
internal sealed class Visitor
{
    private static readonly object Key = new();

    // As tokens of OpenID Connect name them, with and without the mapping of the framework.
    private static readonly string[] NameClaims = ["preferred_username", "name", ClaimTypes.Email, "email", ClaimTypes.NameIdentifier, "sub"];
    private readonly HashSet<Right> _rights;

    private Visitor(ClaimsPrincipal user, string name, HashSet<Right> rights) => (User, Name, _rights) = (user, name, rights);

    /// <summary>Whether the request has brought a token that is known.</summary>
    public bool HasToken { get; private init; }

    /// <summary>Whether it takes a token, and the request has brought none that is known.</summary>
    public bool LacksToken { get; private init; }

    /// <summary>Whether the mask is not for them.</summary>
    public bool SeesAll { get; private init; }

    public ClaimsPrincipal User { get; }

    /// <summary>Whom the audit log names.</summary>
    public string Name { get; }

    public bool May(Right right) => _rights.Contains(right);

    /// <summary>What they may see of messages.</summary>
    public Sight Sight { get; private set; } = null!;

    /// <summary>The visitor of a request that has passed the <see cref="Gate"/>.</summary>
    public static Visitor Of(HttpContext context) => (Visitor)context.Items[Key]!;

    public static async Task<Visitor> RecognizeAsync(HttpContext context, CapDashboardOptions options)
    {
        var visitor = ApiToken.Find(context, options) is { } token ? WithToken(token, options) : await WithPoliciesAsync(context, options).ConfigureAwait(false);
        visitor.Sight = new(visitor, options);
        context.Items[Key] = visitor;
        return visitor;
    }

    private static Visitor WithToken(CapDashboardToken token, CapDashboardOptions options)
    {
        var user = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, token.Name)], "Cap token"));
        return new(user, token.Name, token.MayOperate && !options.IsReadOnly ? [Right.View, Right.Operate, Right.Edit] : [Right.View])
        {
            HasToken = true,
            SeesAll = options.Mask is null,
        };
    }

    private static async Task<Visitor> WithPoliciesAsync(HttpContext context, CapDashboardOptions options)
    {
        var rights = new HashSet<Right>();
        // Where tokens are given out and everybody is let through to them, whoever brings none is nobody, signed in or not, unless a policy of
        // the application says otherwise.
        var lacksToken = options.Tokens.Count > 0 && options.ViewPolicy is null && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null;
        if (!lacksToken && await MayAsync(context, options.ViewPolicy).ConfigureAwait(false))
        {
            rights.Add(Right.View);
            if (!options.IsReadOnly && await MayAsync(context, options.OperatePolicy).ConfigureAwait(false))
                rights.Add(Right.Operate);
            if (!options.IsReadOnly && (options.EditPolicy is null ? rights.Contains(Right.Operate) : await MayAsync(context, options.EditPolicy).ConfigureAwait(false)))
                rights.Add(Right.Edit);
        }
        var seesAll = options.Mask is null || (options.UnmaskPolicy is not null && await MayAsync(context, options.UnmaskPolicy).ConfigureAwait(false));
        return new(context.User, NameOf(context.User), rights) { LacksToken = lacksToken, SeesAll = seesAll };
    }

    /// <summary>Some identities have no name: their number is better than nothing in an audit log.</summary>
    private static string NameOf(ClaimsPrincipal user)
    {
        if (user.Identity is not { IsAuthenticated: true } identity)
            return "anonymous";
        string?[] names = [identity.Name, .. NameClaims.Select(type => user.FindFirst(type)?.Value)];
        return Array.Find(names, name => !string.IsNullOrWhiteSpace(name)) ?? $"somebody ({identity.AuthenticationType})";
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
