using Cap.Conformance;
using Cap.Messages;
using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>What a person does in a browser, with script and without, under every prefix.</summary>
public sealed class ActTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Selected_messages_are_retried(bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
        var page = browser.Page;
        await page.GotoAsync($"{app.Root}/messages?type=received&state=Failed");
        Assert.Equal(3, await page.Locator("input[name=ids]").CountAsync());
        await page.Locator("input[name=ids]").Nth(0).CheckAsync();
        await page.Locator("input[name=ids]").Nth(2).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Retry selected" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("2 changed");
        await page.GetByRole(AriaRole.Link, new() { Name = "Audit entry" }).ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
    }

    [Theory]
    [InlineData("/", null)]
    [InlineData("/admin/outbox", null)]
    [InlineData("/cap", "/tenant")]
    public async Task Every_link_of_a_page_leads_somewhere_under_any_prefix(string prefix, string? pathBase)
    {
        await using var app = await DashboardApp.StartAsync(prefix, pathBase: pathBase);
        await app.FillAsync();
        await using var browser = await Chromium.OpenAsync();
        await browser.GoAsync($"{app.Root}/");
        await FollowAllAsync(browser);
    }

    [Fact]
    public async Task A_proxy_may_strip_and_rename_the_prefix()
    {
        await using var app = await DashboardApp.StartAsync("/internal/cap");
        await app.FillAsync();
        await using var proxy = await PrefixProxy.StartAsync("/ops", app.Root);
        await using var browser = await Chromium.OpenAsync();
        await browser.GoAsync($"{proxy.Root}/");
        await FollowAllAsync(browser);

        await browser.GoAsync($"{proxy.Root}/messages?type=received&state=Failed");
        await browser.Page.Locator("input[name=ids]").Nth(0).CheckAsync();
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Retry selected" }).ClickAsync();
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("1 changed");
        Assert.StartsWith(proxy.Root, browser.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_match_are_deleted_after_a_look_at_their_number()
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        await using var browser = await Chromium.OpenAsync();
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/messages?type=received&state=Failed&error=paid");
        await page.GetByRole(AriaRole.Link, new() { Name = "Delete all that match" }).ClickAsync();
        await Assertions.Expect(page.Locator(".big")).ToContainTextAsync("3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete them" }).ClickAsync();
        // The page asks for news by itself.
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("3 changed", new() { Timeout = 20_000 });
        Assert.Equal(0, (await app.Storage.CountAsync(MessageType.Subscribe, default)).Failed);
    }

    [Fact]
    public async Task A_message_is_changed_and_sent_again_after_a_look_at_the_difference()
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        await using var browser = await Chromium.OpenAsync();
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/message?type=received&id={failed.Id}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit and send again" }).ClickAsync();
        await page.GetByLabel("Value, JSON").FillAsync("\"good again\"");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the difference" }).ClickAsync();
        await Assertions.Expect(page.Locator(".plus")).ToContainTextAsync("good again");
        await Screenshots.TakeAsync(page, "difference-1440-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send it" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("replay");
        await Eventually.BecomesTrueAsync(() => app.Script.Values("one").Contains("good again"));
    }

    /// <summary>Every page that a page leads to is there, and itself well.</summary>
    private static async Task FollowAllAsync(BrowserPage browser)
    {
        var links = await browser.Page.EvaluateAsync<string[]>("[...document.querySelectorAll('a[href]')].map(a => a.href.split('#')[0])");
        Assert.True(links.Distinct().Count() > 10);
        foreach (var link in links.Distinct())
            await browser.GoAsync(link);
    }
}
