using Cap;
using QuickStart;
using QuickStart.Demo;

if (Settings.Read(args) is not { } settings)
    return 0;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
builder.WebHost.UseUrls(settings.Url);
// The story tells what happens; the framework's own lines would drown it.
builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Cap", LogLevel.Critical);

var shop = settings.Postgres is null ? Shop.OnSqlite(settings.SqliteFile) : Shop.OnPostgreSql(settings.Postgres);
builder.Services.AddSingleton(settings).AddSingleton(shop).AddSingleton<Story>().AddSingleton<OrderDesk>();
builder.Services.AddTransient<Billing>().AddTransient<Shipping>();
if (settings.IsDemo)
    builder.Services.AddSingleton<DemoTraffic>().AddTransient<Payments>().AddTransient<Stock>().AddTransient<MailRoom>();
builder.Services.AddCap(cap =>
{
    if (settings.Postgres is null)
        cap.UseSqlite(shop.ConnectionString);
    else
        cap.UsePostgreSql(shop.ConnectionString);

    if (settings.RabbitMQ is null)
        cap.UseInProcessTransport();
    else
        cap.UseRabbitMQ(settings.RabbitMQ);

    cap.FailedRetryInterval = TimeSpan.FromSeconds(2);
    if (settings.IsDemo)
        cap.FailedRetryCount = 4;
});

var app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapGet("/state", async (Story story, Shop shop, CancellationToken stop) => new { Totals = await shop.TotalsAsync(stop), Lines = story.Latest });
// Everybody may see and do everything: it listens to this machine only. A real application calls RequireAuthorization here.
app.MapCapDashboard("/cap").AllowAnonymous();
app.MapPost("/orders", async (OrderDesk desk, CancellationToken stop) => new { Order = await desk.PlaceAsync("You", stop) });

await shop.CreateTablesAsync();
await app.StartAsync();

var story = app.Services.GetRequiredService<Story>();
story.Tell("start", $"orders live in {shop.Description}, messages travel {(settings.RabbitMQ is null ? "in process" : "through RabbitMQ")}");
story.Tell("start", $"watch it at {app.Urls.First()} (Ctrl-C stops; start again and it carries on where it was)");

story.Tell("start", $"the dashboard is at {app.Urls.First()}/cap");

var desk = app.Services.GetRequiredService<OrderDesk>();
try
{
    if (settings.IsDemo)
    {
        await app.Services.GetRequiredService<DemoTraffic>().RunAsync(app.Lifetime.ApplicationStopping);
    }
    else if (settings.Orders is not { } orders)
    {
        await desk.KeepPlacingAsync(app.Lifetime.ApplicationStopping);
    }
    else
    {
        var totals = await desk.PlaceAndWaitAsync(orders, app.Lifetime.ApplicationStopping);
        await app.StopAsync();
        Console.WriteLine($"{totals.Committed} orders committed, {totals.Billed} billed, {totals.Shipped} shipped, {totals.Pending} pending");
        return totals.Pending == 0 ? 0 : 1;
    }
}
catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
{
    story.Tell("stop", "finishing what runs; the rest waits in the database");
}
await app.WaitForShutdownAsync();
return 0;
