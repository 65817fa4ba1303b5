using Cap;
using Cap.EndToEndApp;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// One process of the end-to-end tests. Says READY when it has started, and ends on SIGTERM or when its standard input closes, so that it
// never outlives its test.
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.ClearProviders().AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
var plan = builder.Configuration.Get<Plan>() ?? throw new InvalidOperationException("No plan was given.");
builder.Services.AddSingleton(plan);
if (plan.Role == "subscribe")
    builder.Services.AddTransient<Ledger>();
builder
    .Services.AddCap(cap =>
    {
        cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (plan.Postgres, plan.Schema));
        cap.UseRabbitMQ(o =>
        {
            o.Uri = new Uri(plan.RabbitMQ);
            o.ExchangeName = plan.Exchange;
            if (!plan.HasDeliveryLimit)
                o.QueueArguments.Others["x-delivery-limit"] = null;
        });
        // Groups are queues: the prefix keeps tests that run at once apart.
        cap.GroupNamePrefix = plan.Exchange;
        cap.FailedRetryInterval = TimeSpan.FromSeconds(1);
        cap.LeaseTime = TimeSpan.FromSeconds(5);
    });

using var host = builder.Build();
await host.StartAsync();
Console.WriteLine("READY");
var life = host.Services.GetRequiredService<IHostApplicationLifetime>();
_ = Task.Run(async () =>
{
    while (await Console.In.ReadLineAsync() is not null) { }
    life.StopApplication();
});
if (plan.Role == "publish")
{
    try
    {
        await ActivatorUtilities.CreateInstance<Writers>(host.Services).RunAsync(life.ApplicationStopping);
        Console.WriteLine("PUBLISHED");
    }
    catch (OperationCanceledException) when (life.ApplicationStopping.IsCancellationRequested)
    {
        // Stopped in the middle: the host ends in order.
    }
}
await host.WaitForShutdownAsync();
Console.WriteLine("STOPPED");
