using Microsoft.AspNetCore.Http;

namespace Cap.Dashboard;

/// <summary>
/// Whether a write comes from the dashboard's own pages. Browsers say so themselves: by Fetch Metadata (https://www.w3.org/TR/fetch-metadata/)
/// where the connection is secure or local, else by the Origin (RFC 6454), which they send with every POST. No cookie, and no token in a form.
/// </summary>
internal static class RequestOrigin
{
    /// <summary>Why the request is refused; null when it is not.</summary>
    /// <param name="request">The request.</param>
    /// <param name="visitor">Who sends it. A token that is known is sent by nobody but who has it: a browser adds none by itself.</param>
    public static string? Fault(HttpRequest request, Visitor visitor)
    {
        if (visitor.HasToken)
            return null;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0)
            return site == "same-origin" ? null : $"The browser says that it comes from elsewhere (Sec-Fetch-Site: {site}).";
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0)
        {
            return Uri.TryCreate(origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
                ? null
                : $"It comes from '{origin}', and this is '{request.Host}'. Behind a proxy that changes the host, let it pass the host on (X-Forwarded-Host).";
        }
        // No browser: a form can send neither this type nor nothing at all about where it comes from.
        return request.HasJsonContentType() ? null : "It does not say where it comes from: neither Sec-Fetch-Site nor Origin is sent.";
    }
}
