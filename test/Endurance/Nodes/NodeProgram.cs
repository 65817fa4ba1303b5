using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cap.Endurance;

/// <summary>One process of a run. It ends on SIGTERM or when its standard input closes, so it never outlives the run.</summary>
internal static class NodeProgram
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Logging.ClearProviders().AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        var plan = builder.Configuration.Get<NodePlan>() ?? throw new InvalidOperationException("No plan was given.");
        var counts = new Counts();
        builder.Services.AddSingleton(plan).AddSingleton(counts);
        if (plan.Subscribes)
            builder.Services.AddTransient<Worker>();
        builder.Services.AddCap(cap =>
        {
            cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (plan.Postgres, plan.Schema));
            cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName) = (new Uri(plan.RabbitMQ), plan.Exchange));
            cap.SucceedMessageExpiredAfter = plan.KeepTime;
            cap.CollectorCleaningInterval = plan.CleaningInterval;
            cap.DeduplicationWindow = plan.RememberTime;
        });

        using var host = builder.Build();
        await host.StartAsync();
        var life = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(life.ApplicationStopping);
        _ = Task.Run(() => ListenAsync(counts, rest, life));
        Console.WriteLine("READY");
        if (plan.Publishes)
        {
            try
            {
                await ActivatorUtilities.CreateInstance<Load>(host.Services).RunAsync(rest.Token);
            }
            catch (OperationCanceledException) when (rest.IsCancellationRequested)
            {
                // The load is over; what was published goes on.
            }
            Console.WriteLine("PUBLISHED");
        }
        await host.WaitForShutdownAsync();
        return 0;
    }

    private static async Task ListenAsync(Counts counts, CancellationTokenSource rest, IHostApplicationLifetime life)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "rest")
                await rest.CancelAsync();
            if (line == "sample")
                Console.WriteLine($"SAMPLE {counts.PublishedCount} {counts.HandledCount} {GC.GetGCMemoryInfo().HeapSizeBytes} {ThreadPool.ThreadCount}");
        }
        life.StopApplication();
    }
}
