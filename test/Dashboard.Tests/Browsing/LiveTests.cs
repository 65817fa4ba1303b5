using Cap.Conformance;
using Cap.Messages;
using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>An open page shows what is, unless somebody is busy with it.</summary>
public sealed class LiveTests
{
    [Fact]
    public async Task An_open_page_shows_what_happens_but_disturbs_nobody()
    {
        await using var app = await DashboardApp.StartAsync(options: o => o.RefreshInterval = TimeSpan.FromSeconds(1));
        app.Script.On("one", _ => throw new InvalidOperationException("broken"));
        await using var browser = await Chromium.OpenAsync();
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/messages?type=received&state=Failed");
        await Assertions.Expect(page.Locator("#rows")).ToContainTextAsync("No message fits");
        await app.Publisher.PublishAsync("plain", "first");
        await Assertions.Expect(page.Locator("#rows tbody tr")).ToHaveCountAsync(1, new() { Timeout = 20_000 });

        await page.Locator("[data-search]").FocusAsync();
        await app.Publisher.PublishAsync("plain", "second");
        await Eventually.BecomesTrueAsync(async () => (await app.Storage.CountAsync(MessageType.Subscribe, default)).Failed == 2);
        var before = await page.InnerTextAsync("footer time");
        await page.WaitForTimeoutAsync(2_500);
        Assert.Equal(before, await page.InnerTextAsync("footer time"));
        await page.Locator("h1").ClickAsync();
        await Assertions.Expect(page.Locator("#rows tbody tr")).ToHaveCountAsync(2, new() { Timeout = 20_000 });
        Assert.Empty(browser.Errors);
    }
}
