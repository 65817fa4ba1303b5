using Cap.Conformance;
using Cap.Messages;
using Microsoft.Playwright;
using Npgsql;

namespace Cap.Dashboard.Tests;

/// <summary>The pictures of docs/guides/dashboard.md: a shop of which some things do not work. CAP_SCREENSHOTS says where they go.</summary>
public sealed class GuidePictures
{
    [Fact]
    public async Task The_pictures_of_the_guide()
    {
        await using var app = await DashboardApp.StartAsync(
            options: o => o.Title = "Shop",
            services: TestUsers.AddTo,
            handlers: typeof(ShopHandlers),
            cap: cap => (cap.NodeName, cap.FailedRetryCount) = ("shop-1", 2));
        await ShopHandlers.FillAsync(app.Publisher);
        await Eventually.BecomesTrueAsync(async () => (await app.Storage.CountAsync(MessageType.Subscribe, default)) is { Failed: ShopHandlers.GivenUp, Scheduled: 0 });
        await PastAsync(app);
        var failed = (await app.Storage.Monitoring.FindAsync(new() { Type = MessageType.Subscribe, Status = StatusName.Failed, Name = "payment.requested" }, default)).Messages[0];
        await app.Storage.Monitoring.AuditAsync(new("grace", "pause", "received/mail.v1", 1), default);

        await using var browser = await Chromium.OpenAsync();
        await browser.Page.SetExtraHTTPHeadersAsync([new(TestUsers.Header, "ada")]);
        await ShowAsync("", "overview-1440-light");
        await ShowAsync("messages?type=received&state=Failed", "received-failed-1440-light");
        await ShowAsync($"message?type=received&id={failed.Id}", "message-1440-light");
        await ShowAsync("subscribers", "subscribers-1440-light");
        await browser.GoAsync($"{app.Root}/edit?type=received&id={failed.Id}");
        await browser.Page.GetByLabel("Value, JSON").FillAsync((await browser.Page.GetByLabel("Value, JSON").InputValueAsync()).Replace("\"EUR\"", "\"SEK\"", StringComparison.Ordinal));
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Show the difference" }).ClickAsync();
        await Assertions.Expect(browser.Page.Locator(".plus")).ToContainTextAsync("SEK");
        await Screenshots.TakeGuideAsync(browser.Page, "difference-1440-light");

        await using var dark = await Chromium.OpenAsync(scheme: ColorScheme.Dark);
        await dark.Page.SetExtraHTTPHeadersAsync([new(TestUsers.Header, "ada")]);
        await dark.GoAsync($"{app.Root}/failures");
        await Screenshots.TakeGuideAsync(dark.Page, "failures-1440-dark");
        await using var small = await Chromium.OpenAsync(380, ColorScheme.Dark);
        await small.Page.SetExtraHTTPHeadersAsync([new(TestUsers.Header, "ada")]);
        await small.GoAsync($"{app.Root}/");
        await Screenshots.TakeGuideAsync(small.Page, "overview-380-dark");

        async Task ShowAsync(string page, string name)
        {
            await browser.GoAsync($"{app.Root}/{page}");
            await Screenshots.TakeGuideAsync(browser.Page, name);
        }
    }

    /// <summary>A day of it, for the lines of what was: nobody waits a day for a picture.</summary>
    private static async Task PastAsync(DashboardApp app)
    {
        await Eventually.BecomesTrueAsync(async () => (await app.Storage.Monitoring.GetStatisticsAsync(new(DateTimeOffset.UnixEpoch), default)).Count >= 4);
        await using var connection = new NpgsqlConnection(await Servers.TestServers.PostgresAsync());
        await connection.OpenAsync();
        await using var insert = new NpgsqlCommand(
            $"""
            insert into {app.Schema}.statistics ("Minute", "Lane", "Succeeded", "Failed", "GivenUp", "Waited", "Took")
            select s."Minute" - make_interval(mins => i), s."Lane", round(40 + 30 * sin(i / 90.0 + s."Lane") + 25 * random()), case when i % 37 = s."Lane" then 3 else 0 end, 0, s."Waited", s."Took"
            from (select distinct on ("Lane") * from {app.Schema}.statistics order by "Lane", "Minute") s, generate_series(1, 1430) i
            """, connection);
        await insert.ExecuteNonQueryAsync();
    }
}
