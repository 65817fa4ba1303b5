using Microsoft.AspNetCore.Http;

namespace Cap.Dashboard;

/// <summary>Sends a browser on to a page beside this one. The address is relative (RFC 9110, section 10.2.2), since a proxy may have changed the path.</summary>
internal sealed class Moved(string address, int status) : IResult
{
    /// <summary>After a write: look at what came of it.</summary>
    public static IResult After(string address) => new Moved(address, StatusCodes.Status303SeeOther);

    /// <summary>
    /// To the address whose relative links work: the first page ends with a slash, no other does. Null when it has that form already. A proxy that
    /// gives the dashboard another name than it has here must be asked with the slash: nobody here knows that name.
    /// </summary>
    public static IResult? ToForm(HttpRequest request, bool isFirst)
    {
        var path = request.PathBase.Add(request.Path).Value ?? "/";
        var hasSlash = path.EndsWith('/');
        if (hasSlash == isFirst || path.Length == 0)
            return null;
        var last = path.TrimEnd('/').Split('/')[^1];
        return new Moved((isFirst ? $"{last}/" : $"../{last}") + request.QueryString, StatusCodes.Status302Found);
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.Headers.Location = address;
        return Task.CompletedTask;
    }
}
