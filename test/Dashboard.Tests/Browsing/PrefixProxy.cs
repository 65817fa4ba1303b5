using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cap.Dashboard.Tests;

/// <summary>A reverse proxy as they are set up: it takes a prefix away, passes the rest on to another place, and touches nothing in the answers.</summary>
public sealed class PrefixProxy : IAsyncDisposable
{
    private static readonly string[] OfTheConnection = ["Host", "Connection", "Transfer-Encoding", "Content-Length"];
    private readonly WebApplication _app;
    private readonly HttpClient _client = new(new HttpClientHandler { AllowAutoRedirect = false });

    private PrefixProxy(WebApplication app) => _app = app;

    /// <summary>Its address with the prefix.</summary>
    public string Root { get; private set; } = "";

    public static async Task<PrefixProxy> StartAsync(string prefix, string to)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var proxy = new PrefixProxy(app);
        app.Map(prefix, below => below.Run(context => proxy.PassAsync(context, to)));
        await app.StartAsync();
        proxy.Root = app.Urls.First() + prefix;
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _client.Dispose();
    }

    private async Task PassAsync(HttpContext context, string to)
    {
        using var request = new HttpRequestMessage(new(context.Request.Method), $"{to}{context.Request.Path}{context.Request.QueryString}");
        if (HttpMethods.IsPost(context.Request.Method))
            request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, value) in context.Request.Headers.Where(h => !OfTheConnection.Contains(h.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value.ToArray()))
                request.Content?.Headers.TryAddWithoutValidation(name, value.ToArray());
        }
        using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, value) in answer.Headers.Concat(answer.Content.Headers).Where(h => !OfTheConnection.Contains(h.Key)))
            context.Response.Headers[name] = value.ToArray();
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
