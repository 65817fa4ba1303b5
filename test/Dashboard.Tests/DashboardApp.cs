using System.Net;
using Cap.Conformance;
using Cap.Messages;
using Cap.Servers;
using Cap.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cap.Dashboard.Tests;

/// <summary>An application with Cap on PostgreSQL and its dashboard, at a port of its own.</summary>
public sealed class DashboardApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DashboardApp(WebApplication app, string prefix, string schema)
    {
        (_app, Prefix, Schema) = (app, prefix, schema);
        Client = new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
    }

    /// <summary>What the handlers are to do.</summary>
    public Script Script => _app.Services.GetRequiredService<Script>();

    public IStorage Storage => _app.Services.GetRequiredService<IStorage>();

    public IBootstrapper Bootstrapper => _app.Services.GetRequiredService<IBootstrapper>();

    public ICapPublisher Publisher => _app.Services.GetRequiredService<ICapPublisher>();

    public string Prefix { get; }

    /// <summary>Where its tables are, unless a test chose another storage.</summary>
    public string Schema { get; }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public HttpClient Client { get; }

    public IEnumerable<RouteEndpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <summary>The dashboard's address, without a slash at its end.</summary>
    public string Root => $"{Address.GetLeftPart(UriPartial.Authority)}{Prefix.TrimEnd('/')}";

    /// <summary>Starts one.</summary>
    /// <param name="prefix">Where the dashboard is mapped.</param>
    /// <param name="declare">Says who may come in; everybody by default.</param>
    /// <param name="options">Options of the dashboard.</param>
    /// <param name="pathBase">What the application itself is below.</param>
    /// <param name="services">Adds services, authentication among them.</param>
    /// <param name="cap">Sets other options of Cap.</param>
    /// <param name="handlers">The handlers; those of <see cref="Script"/> by default.</param>
    /// <param name="use">Chooses storage and transport; the shared PostgreSQL and the in-process transport by default.</param>
    public static async Task<DashboardApp> StartAsync(
        string prefix = "/cap",
        Action<RouteGroupBuilder>? declare = null,
        Action<CapDashboardOptions>? options = null,
        string? pathBase = null,
        Action<IServiceCollection>? services = null,
        Action<CapOptions>? cap = null,
        Type? handlers = null,
        Action<CapOptions>? use = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var schema = Names.Unique("dash");
        var postgres = use is null ? await TestServers.PostgresAsync() : "";
        builder.Services.AddSingleton<Script>().AddTransient(handlers ?? typeof(ScriptedHandlers));
        services?.Invoke(builder.Services);
        builder.Services.AddCap(all =>
        {
            if (use is null)
            {
                all.UsePostgreSql(o => (o.ConnectionString, o.Schema) = ($"{postgres};Application Name={schema}", schema));
                all.UseInProcessTransport();
            }
            use?.Invoke(all);
            all.FailedRetryCount = 1;
            all.PollingInterval = TimeSpan.FromMilliseconds(200);
            cap?.Invoke(all);
        });
        var app = builder.Build();
        if (pathBase is not null)
            app.UsePathBase(pathBase);
        app.UseRouting();
        if (services is not null)
            app.UseAuthentication().UseAuthorization();
        var group = app.MapCapDashboard(prefix, options);
        (declare ?? (g => g.AllowAnonymous()))(group);
        await app.StartAsync();
        return new(app, pathBase + prefix, schema);
    }

    /// <summary>A page, which must be there.</summary>
    public async Task<string> GetAsync(string page, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var answer = await Client.GetAsync(new Uri($"{Prefix.TrimEnd('/')}/{page}", UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{page}: {answer.StatusCode} {text}");
        return text;
    }

    /// <summary>A page with its characters as they are shown.</summary>
    public async Task<string> ReadAsync(string page) => WebUtility.HtmlDecode(await GetAsync(page));

    /// <summary>Sends a form as a browser does from a page of the dashboard.</summary>
    public async Task<HttpResponseMessage> PostAsync(string page, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Prefix.TrimEnd('/')}/{page}")
        {
            Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))),
            Headers = { { "Sec-Fetch-Site", "same-origin" } },
        };
        return await Client.SendAsync(request);
    }

    /// <summary>Publishes messages of which some succeed, some are given up and one waits for its time.</summary>
    public async Task FillAsync()
    {
        Script.On(
            "one",
            call =>
            {
                if (call.Value?.StartsWith("bad", StringComparison.Ordinal) == true)
                    throw new InvalidOperationException($"Order {call.Value![3..]} cannot be paid.");
            });
        await Publisher.PublishAsync(Enumerable.Range(0, 5).Select(i => new OutgoingMessage("plain", $"good{i}")));
        await Publisher.PublishAsync(Enumerable.Range(0, 3).Select(i => new OutgoingMessage("plain", $"bad{i}")));
        await Publisher.PublishDelayAsync(TimeSpan.FromHours(1), "plain", "later");
        await Eventually.BecomesTrueAsync(async () => await Storage.CountAsync(MessageType.Subscribe, default) is { Failed: 3, Scheduled: 0 });
        await Eventually.BecomesTrueAsync(async () => await Storage.CountAsync(MessageType.Publish, default) is { Scheduled: 0, Delayed: 1 });
    }

    public async Task<StoredMessage> FailedAsync() =>
        (await Storage.FindAsync(new() { Type = MessageType.Subscribe, Status = StatusName.Failed }, default))[0];

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Script.ReleaseAll();
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
