using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Cap.Dashboard;

/// <summary>
/// What every request passes: whether the application has said who may come in, what the visitor may do, and for a write that it does not
/// come from another site. Every answer gets the headers that keep a browser from running or framing anything foreign.
/// </summary>
internal sealed class Gate(CapDashboardOptions options)
{
    // No inline script or style, nothing from elsewhere: what a message contains is text, whatever it looks like.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";

        var endpoint = context.GetEndpoint();
        var isApi = endpoint?.Metadata.GetMetadata<ApiEndpoint>() is not null;
        if (endpoint?.Metadata.GetMetadata<IAuthorizeData>() is null
            && endpoint?.Metadata.GetMetadata<AuthorizationPolicy>() is null
            && endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is null)
        {
            return Refusal.NotDeclared(isApi);
        }
        var visitor = await Visitor.RecognizeAsync(context, options).ConfigureAwait(false);
        var needed = endpoint.Metadata.GetMetadata<Needs>()?.Right ?? Right.View;
        var hasUnknown = options.Tokens.Count > 0 && ApiToken.IsSent(context.Request) && !visitor.HasToken && context.User.Identity is not { IsAuthenticated: true };
        if (isApi && (visitor.LacksToken || hasUnknown))
            return Refusal.NoToken(context, ApiToken.IsSent(context.Request));
        if (!visitor.May(needed))
            return Refusal.NoRight(isApi, needed, visitor, options);
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && RequestOrigin.Fault(context.Request, visitor) is { } fault)
            return Refusal.Foreign(isApi, fault);
        return await next(invocation).ConfigureAwait(false);
    }
}
