using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Cap.Dashboard;

/// <summary>Finds the token a script has sent.</summary>
internal static class ApiToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Whether the request brings any token.</summary>
    public static bool IsSent(HttpRequest request) =>
        request.Headers[HeaderNames.Authorization].ToString().StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>The token of the request, if it is one of those that are known. Takes as long for a wrong one as for a right one.</summary>
    public static CapDashboardToken? Find(HttpContext context, CapDashboardOptions options)
    {
        if (options.Tokens.Count == 0 || !IsSent(context.Request))
            return null;
        var sent = SHA256.HashData(Encoding.UTF8.GetBytes(context.Request.Headers[HeaderNames.Authorization].ToString()[Scheme.Length..].Trim()));
        CapDashboardToken? found = null;
        foreach (var token in options.Tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(sent, SHA256.HashData(Encoding.UTF8.GetBytes(token.Token))))
                found = token;
        }
        return found;
    }
}
