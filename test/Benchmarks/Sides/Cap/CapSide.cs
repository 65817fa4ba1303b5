using System.Collections.Concurrent;
using System.Diagnostics;
using Cap.Storage;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>Cap with its defaults, publisher and subscriber in one process.</summary>
internal sealed class CapSide(MeasurePlan plan) : ISide
{
    private readonly Handled _handled = new();
    private readonly ConcurrentBag<(string Page, double Milliseconds)> _times = [];
    private IHost? _host;

    public IStorage Storage => _host!.Services.GetRequiredService<IStorage>();

    /// <summary>Where the dashboard is served.</summary>
    public Uri Address => new(((WebApplication)_host!).Urls.First());

    public long HandledCount => _handled.Count;

    public Action<long>? OnHandling
    {
        set => _handled.OnHandling = value;
    }

    public async Task StartAsync()
    {
        IHostApplicationBuilder builder = plan.Kind == MeasureKind.Dashboard ? WebApplication.CreateSlimBuilder() : Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(plan).AddSingleton(_handled);
        if (plan.Consumes)
            builder.Services.AddTransient(HandlerOf(plan));
        builder.Services.AddCap(cap =>
        {
            cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (plan.Postgres, plan.Name));
            cap.UseRabbitMQ(o =>
            {
                (o.Uri, o.ExchangeName, o.MaxBundle) = (new Uri(plan.RabbitMQ), plan.Name, plan.Bundle);
                if (plan.Counts)
                    o.ConnectionFactoryOptions = factory => factory.SocketFactory = FrameCounter.SocketFactory;
            });
            cap.GroupNamePrefix = plan.Name;
        });
        _host = builder is WebApplicationBuilder site ? WithDashboard(site.Build()) : ((HostApplicationBuilder)builder).Build();
        if (plan.Consumes)
            await _host.StartAsync();
        else
            await _host.Services.GetRequiredService<IStorage>().InitializeAsync(new(16, TimeSpan.FromHours(1)), default);
        await ApplicationTable.CreateAsync(plan);
    }

    public async Task<IWriter> OpenWriterAsync()
    {
        var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync();
        return new CapWriter(connection, plan, _host!.Services.GetRequiredService<ICapPublisher>());
    }

    public async Task SettledAsync(long written)
    {
        if (!plan.Consumes)
            return;
        while (_handled.Count < written)
            await Task.Delay(2);
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync();
        while (await connection.QuerySingleAsync<bool>($"select exists (select from {plan.Name}.published_due) or exists (select from {plan.Name}.received_due)"))
            await Task.Delay(2);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is null)
            return;
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>What each page has taken on the server, the middle of its times, and forgets it.</summary>
    public IReadOnlyList<(string Page, double Middle)> TakeTimes()
    {
        var taken = _times.ToArray();
        _times.Clear();
        return
        [
            .. taken.GroupBy(t => t.Page, t => t.Milliseconds).Select(page =>
            {
                var ordered = page.Order().ToList();
                return (page.Key, ordered[ordered.Count / 2]);
            }),
        ];
    }

    private WebApplication WithDashboard(WebApplication app)
    {
        app.Urls.Add("http://127.0.0.1:0");
        app.Use(async (context, next) =>
        {
            var began = Stopwatch.GetTimestamp();
            await next(context);
            _times.Add((context.Request.Path + context.Request.QueryString, Stopwatch.GetElapsedTime(began).TotalMilliseconds));
        });
        app.MapCapDashboard("/cap").AllowAnonymous();
        return app;
    }

    private static Type HandlerOf(MeasurePlan plan) =>
        plan.Transactional ? typeof(EffectHandler)
        : plan.HandlerTime > TimeSpan.Zero ? typeof(WaitingHandler)
        : typeof(CountingHandler);
}
