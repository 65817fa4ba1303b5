using System.Text.RegularExpressions;
using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;
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
    [InlineData("/", null, true)]
    [InlineData("/admin/outbox", null, true)]
    [InlineData("/cap", "/tenant", true)]
    [InlineData("/cap", null, false)]
    public async Task Every_link_of_a_page_leads_somewhere_under_any_prefix(string prefix, string? pathBase, bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync(prefix, pathBase: pathBase);
        await app.FillAsync();
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_delayed_message_is_cancelled(bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/messages?type=published&state=Delayed");
        await page.Locator("input[name=ids]").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel selected" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("1 changed");
        Assert.Equal(0, (await app.Storage.CountAsync(MessageType.Publish, default)).Delayed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_is_deleted_on_its_own_page(bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
        var page = browser.Page;
        page.Dialog += (_, dialog) => _ = dialog.AcceptAsync();
        await browser.GoAsync($"{app.Root}/message?type=received&id={failed.Id}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("1 changed");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Received");
        Assert.Equal(2, (await app.Storage.CountAsync(MessageType.Subscribe, default)).Failed);
    }

    [Fact]
    public async Task What_is_to_be_deleted_is_asked_again_and_may_stay()
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        await using var browser = await Chromium.OpenAsync();
        var asked = new TaskCompletionSource<string>();
        browser.Page.Dialog += (_, dialog) =>
        {
            asked.TrySetResult(dialog.Message);
            _ = dialog.DismissAsync();
        };
        await browser.GoAsync($"{app.Root}/message?type=received&id={failed.Id}");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        Assert.Contains("for good", await asked.Task, StringComparison.Ordinal);
        Assert.Equal(3, (await app.Storage.CountAsync(MessageType.Subscribe, default)).Failed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_group_is_paused_and_let_go_on(bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var group = (await app.FailedAsync()).Group!;
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
        var card = browser.Page.Locator($"section[aria-label='{group}']");
        await browser.GoAsync($"{app.Root}/subscribers");
        await card.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Assertions.Expect(card).ToContainTextAsync("Paused by anonymous");
        if (hasScript)
            await Screenshots.TakeAsync(browser.Page, "paused-1440-light");
        await card.GetByRole(AriaRole.Button, new() { Name = "Let it go on" }).ClickAsync();
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("1 changed");
        await Assertions.Expect(card).Not.ToContainTextAsync("Paused by");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_that_match_are_deleted_after_a_look_at_their_number(bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/messages?type=received&state=Failed&error=paid");
        await page.GetByRole(AriaRole.Link, new() { Name = "Delete all that match" }).ClickAsync();
        await Assertions.Expect(page.Locator(".big")).ToContainTextAsync("3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete them" }).ClickAsync();
        // A page cannot be loaded again while it makes room for another.
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("/operations\\?id="));
        // The page asks for news by itself; without script a person does.
        await Eventually.BecomesTrueAsync(async () =>
        {
            if (!hasScript)
                await page.ReloadAsync();
            return (await page.InnerTextAsync("main")).Contains("✓ Done", StringComparison.Ordinal);
        });
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("3 changed");
        Assert.Equal(0, (await app.Storage.CountAsync(MessageType.Subscribe, default)).Failed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_operation_that_runs_is_stopped(bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var (monitoring, query) = (app.Storage.Monitoring, new MessageQuery { Type = MessageType.Subscribe, Status = StatusName.Failed, Error = "paid" });
        // One that another node runs, and is not done with.
        var id = await Eventually.GetAsync(
            async () =>
            {
                var started = await monitoring.StartAsync(new(MessageActionKind.Delete, query with { Error = "nobody has this" }, "Ann", 3), default);
                return (await monitoring.TakeOperationAsync("elsewhere", TimeSpan.FromHours(1), default))?.Id == started ? started : 0;
            },
            taken => taken > 0);
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
        await browser.GoAsync($"{app.Root}/operations?id={id}");
        if (hasScript)
            await Screenshots.TakeGuideAsync(browser.Page, "operation-1440-light");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Assertions.Expect(browser.Page.Locator("main")).ToContainTextAsync("■ Stopped");
        await Assertions.Expect(browser.Page.Locator("main")).ToContainTextAsync("Stopped by anonymous");
        Assert.Equal("stop", (await monitoring.FindAuditAsync(new() { Limit = 1 }, default))[0].What);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_is_changed_and_sent_again_after_a_look_at_the_difference(bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/message?type=received&id={failed.Id}");
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit and send again" }).ClickAsync();
        await page.GetByLabel("Value, JSON").FillAsync("\"good again\"");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the difference" }).ClickAsync();
        await Assertions.Expect(page.Locator(".plus")).ToContainTextAsync("good again");
        if (hasScript)
            await Screenshots.TakeAsync(page, "difference-1440-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send it" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("replay");
        await Eventually.BecomesTrueAsync(() => app.Script.Values("one").Contains("good again"));
    }

    /// <summary>Every page that a page leads to is there, and itself well.</summary>
    private static async Task FollowAllAsync(BrowserPage browser)
    {
        var links = await browser.Page.Locator("a[href]").EvaluateAllAsync<string[]>("all => all.map(a => a.href.split('#')[0])");
        Assert.True(links.Distinct().Count() > 10);
        foreach (var link in links.Distinct())
            await browser.GoAsync(link);
    }
}
