using Cap.Servers;
using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>Nothing on an open page is a lie when what is behind it goes away.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task An_open_page_says_that_the_broker_or_the_database_is_away_and_when_they_are_back()
    {
        await using var database = new PostgresServer();
        await using var broker = new RabbitServer();
        await Task.WhenAll(database.StartAsync(), broker.StartAsync());
        await using var app = await DashboardApp.StartAsync(
            options: o => o.RefreshInterval = TimeSpan.FromSeconds(1),
            use: cap =>
            {
                cap.UsePostgreSql(database.ConnectionString);
                cap.UseRabbitMQ(broker.ConnectionString);
            });
        await using var browser = await Chromium.OpenAsync();
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/");
        await Assertions.Expect(page.Locator("#servers")).ToContainTextAsync("✓ answers");
        await broker.SettleAsync();

        await broker.CrashAsync();
        await Assertions.Expect(page.Locator("#warnings")).ToContainTextAsync("does not answer");
        await Assertions.Expect(page.Locator("#servers")).ToContainTextAsync("away");
        await broker.RestartAsync();
        await Assertions.Expect(page.Locator("#servers")).Not.ToContainTextAsync("away");

        await database.CrashAsync();
        await Assertions.Expect(page.Locator("#of-published")).ToContainTextAsync("Not known");
        await Assertions.Expect(page.Locator("#lanes")).ToContainTextAsync("Not known");
        // What is not known is not shown from before.
        await Assertions.Expect(page.Locator("#of-published .counts")).ToHaveCountAsync(0);
        await Screenshots.TakeGuideAsync(page, "outage-1440-light");
        await database.RestartAsync();
        await Assertions.Expect(page.Locator("#of-published")).Not.ToContainTextAsync("Not known");

        // The application itself goes away.
        await app.StopAsync();
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("Not up to date");
    }
}
