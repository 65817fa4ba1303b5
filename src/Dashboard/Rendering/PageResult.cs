using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cap.Dashboard;

/// <summary>
/// A page: a component rendered to HTML, whole, by a renderer of its own, so that the application needs to register nothing. Written only when
/// it is complete: what fails on the way becomes an error and not half a page.
/// </summary>
/// <typeparam name="TView">The component; it has a parameter <c>Model</c>.</typeparam>
/// <param name="model">What it shows.</param>
/// <param name="status">The status of the answer.</param>
internal sealed class PageResult<TView>(object model, int status = StatusCodes.Status200OK) : IResult
    where TView : IComponent
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var renderer = new HtmlRenderer(httpContext.RequestServices, httpContext.RequestServices.GetRequiredService<ILoggerFactory>());
        await using var _ = renderer.ConfigureAwait(false);
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { ["Model"] = model });
        var html = await renderer.Dispatcher
            .InvokeAsync(async () => (await renderer.RenderComponentAsync<TView>(parameters).ConfigureAwait(true)).ToHtmlString())
            .ConfigureAwait(false);
        httpContext.Response.StatusCode = status;
        httpContext.Response.ContentType = "text/html; charset=utf-8";
        await httpContext.Response.WriteAsync("<!DOCTYPE html>\n" + html, Encoding.UTF8, httpContext.RequestAborted).ConfigureAwait(false);
    }
}
