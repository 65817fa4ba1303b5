using Cap.Storage;
using Cap.Transport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cap.Crash.Node;

/// <summary>
/// One process of a run. Says READY when it has started; the line "quiet" on its standard input ends the writers, which is
/// answered by QUIET, and lets it kill itself no more. It ends on SIGTERM, and when its standard input closes, so that it never outlives the run.
/// </summary>
internal static class NodeProgram
{
    /// <summary>How long a lease lasts: short, so that a run sees many of them end.</summary>
    public static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(2);

    /// <summary>Part of what the log says when a group exists at the broker.</summary>
    public const string GroupLine = "Cap.Consuming.Intake[181]";

    public static async Task<int> RunAsync(string[] args)
    {
        SQLitePCL.Batteries_V2.Init();
        var builder = Host.CreateEmptyApplicationBuilder(new() { Args = args });
        builder.Configuration.AddCommandLine(args);
        var plan = builder.Configuration.Get<NodePlan>(o => o.BindNonPublicProperties = false) ?? throw new InvalidOperationException("No plan was given.");
        builder.Logging.AddSimpleConsole(o => (o.SingleLine, o.TimestampFormat) = (true, "HH:mm:ss.fff ")).SetMinimumLevel(LogLevel.Information);
        // Every failed attempt is on purpose here.
        builder.Logging.AddFilter("Cap.Consuming", LogLevel.Error).AddFilter("Cap.Consuming.Intake", LogLevel.Information);
        Add(builder.Services, plan);

        using var host = builder.Build();
        await host.StartAsync();
        Console.WriteLine("READY");
        var life = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var quiet = new CancellationTokenSource();
        _ = Task.Run(() => ListenAsync(quiet, host.Services.GetRequiredService<CrashPoints>(), life));
        if (plan.Writes)
        {
            await ActivatorUtilities.CreateInstance<Writers>(host.Services).RunAsync(quiet.Token, life.ApplicationStopping);
            Console.WriteLine("QUIET");
        }
        await host.WaitForShutdownAsync();
        Console.WriteLine("STOPPED");
        return 0;
    }

    private static async Task ListenAsync(CancellationTokenSource quiet, CrashPoints points, IHostApplicationLifetime life)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line != "quiet")
                continue;
            points.IsCalm = true;
            await quiet.CancelAsync();
        }
        life.StopApplication();
    }

    private static void Add(IServiceCollection services, NodePlan plan)
    {
        services.AddSingleton(plan).AddSingleton(Books.Of(plan)).AddSingleton<Journal>().AddSingleton<CrashPoints>();
        services.AddScoped<HandlerEnd>();
        services.AddSingleton<TimeProvider>(new SkewedTimeProvider(plan.ClockSkew));
        if (plan.Handles)
            services.AddTransient<Handlers>();
        services.AddCap(cap => Configure(cap, plan));
        Decorate<IStorage>(services, (provider, inner) => ActivatorUtilities.CreateInstance<CrashingStorage>(provider, inner));
        Decorate<ITransport>(services, (provider, inner) => ActivatorUtilities.CreateInstance<CrashingTransport>(provider, inner));
    }

    private static void Configure(CapOptions cap, NodePlan plan)
    {
        if (plan.Postgres.Length > 0)
            cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (plan.Postgres, plan.Schema));
        else
            cap.UseSqlite($"Data Source={plan.File}");
        if (plan.RabbitMQ.Length > 0)
        {
            cap.UseRabbitMQ(o =>
                (o.Uri, o.ExchangeName, o.ConfirmTimeout, o.MaxBundle) = (new Uri(plan.RabbitMQ), plan.Exchange, TimeSpan.FromSeconds(2), plan.MaxBundle));
        }
        else
        {
            cap.UseInProcessTransport();
        }
        cap.GroupNamePrefix = plan.Exchange;
        cap.NodeName = plan.Name;
        cap.LeaseTime = LeaseTime;
        cap.PollingInterval = TimeSpan.FromMilliseconds(500);
        cap.ShutdownTime = TimeSpan.FromSeconds(3);
        // Not at once: what is behind a failed message of its key must have the chance to overtake it.
        cap.ImmediateRetryCount = 1;
        cap.FailedRetryInterval = TimeSpan.FromMilliseconds(100);
        cap.FailedRetryCount = 10_000;
        // Tables turn over several times in a run.
        cap.SucceedMessageExpiredAfter = TimeSpan.FromSeconds(3);
        cap.CollectorCleaningInterval = TimeSpan.FromSeconds(1);
    }

    private static void Decorate<T>(IServiceCollection services, Func<IServiceProvider, T, T> decorate)
        where T : class
    {
        var inner = services.Single(s => s.ServiceType == typeof(T));
        services.Remove(inner);
        services.AddSingleton(provider =>
            decorate(
                provider,
                (T)(
                    inner.ImplementationInstance
                    ?? inner.ImplementationFactory?.Invoke(provider)
                    ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!)
                )
            )
        );
    }
}
