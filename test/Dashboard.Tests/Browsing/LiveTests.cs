using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;
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
        await Assertions.Expect(page.Locator("#rows tbody tr")).ToHaveCountAsync(1);

        await page.Locator("[data-search]").FocusAsync();
        await app.Publisher.PublishAsync("plain", "second");
        await Eventually.BecomesTrueAsync(async () => (await app.Storage.CountAsync(MessageType.Subscribe, default)).Failed == 2);
        var before = await page.InnerTextAsync("footer time");
        await page.WaitForTimeoutAsync(2_500);
        Assert.Equal(before, await page.InnerTextAsync("footer time"));
        await page.Locator("h1").ClickAsync();
        await Assertions.Expect(page.Locator("#rows tbody tr")).ToHaveCountAsync(2);
        Assert.Empty(browser.Errors);
    }

    /// <summary>What is looked for is behind more messages than a page looks through.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_long_search_goes_on_by_itself_or_by_a_link(bool hasScript)
    {
        await using var app = await DashboardApp.StartAsync();
        var foreign = new Lane(MessageType.Publish, "v9");
        await app.Storage.PublishAsync(new(foreign, [Sample.Message("needle")], null), default);
        foreach (var some in Enumerable.Range(0, 12_000).Chunk(5_000))
            await app.Storage.PublishAsync(new(foreign, [.. some.Select(_ => Sample.Message("hay"))], null), default);
        await using var browser = await Chromium.OpenAsync(hasScript: hasScript);
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/messages?type=published&name=needle");
        for (var i = 0; !hasScript && i < 2; i++)
            await page.GetByRole(AriaRole.Link, new() { Name = "Search on" }).ClickAsync();
        await Assertions.Expect(page.Locator("#rows tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("#pages a[rel=next]")).ToHaveCountAsync(0);
        await browser.IsWellAsync();

        await browser.GoAsync($"{app.Root}/messages?type=published&name=nothing");
        for (var i = 0; !hasScript && i < 2; i++)
            await page.GetByRole(AriaRole.Link, new() { Name = "Search on" }).ClickAsync();
        await Assertions.Expect(page.Locator("#rows")).ToContainTextAsync("No message fits");
    }

    [Fact]
    public async Task A_search_is_stopped_where_it_is_and_goes_on_from_there()
    {
        await using var app = await DashboardApp.StartAsync();
        var foreign = new Lane(MessageType.Publish, "v9");
        await app.Storage.PublishAsync(new(foreign, [Sample.Message("needle")], null), default);
        foreach (var some in Enumerable.Range(0, 6_000).Chunk(3_000))
            await app.Storage.PublishAsync(new(foreign, [.. some.Select(_ => Sample.Message("hay"))], null), default);
        await using var browser = await Chromium.OpenAsync();
        var page = browser.Page;
        var answers = new TaskCompletionSource();
        await page.RouteAsync(
            url => url.Contains("from=", StringComparison.Ordinal),
            async route =>
            {
                await answers.Task;
                await route.ContinueAsync();
            });
        await browser.GoAsync($"{app.Root}/messages?type=published&name=needle");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop searching" }).ClickAsync();
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("stopped, 0 found");
        var answered = page.WaitForResponseAsync(response => response.Url.Contains("from=", StringComparison.Ordinal));
        answers.SetResult();
        await answered;
        await Assertions.Expect(page.Locator("#rows")).ToContainTextAsync("None so far");
        await page.GetByRole(AriaRole.Link, new() { Name = "Search on" }).ClickAsync();
        await Assertions.Expect(page.Locator("#rows tbody tr")).ToHaveCountAsync(1);
    }

    /// <summary>Where a session has ended, somebody else's page answers.</summary>
    [Fact]
    public async Task A_page_of_somebody_else_is_no_news()
    {
        await using var app = await DashboardApp.StartAsync(options: o => o.RefreshInterval = TimeSpan.FromSeconds(1));
        await using var browser = await Chromium.OpenAsync();
        var page = browser.Page;
        await browser.GoAsync($"{app.Root}/nodes");
        await Assertions.Expect(page.Locator("#live")).ToHaveTextAsync("live");
        await page.RouteAsync("**/nodes", route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<h1>Sign in</h1>" }));
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("Not up to date");
        await Assertions.Expect(page.Locator("#rows")).ToContainTextAsync("alive");
        await page.UnrouteAsync("**/nodes");
        await Assertions.Expect(page.Locator("#live")).ToHaveTextAsync("live");
        Assert.Empty(browser.Errors);
    }

    /// <summary>A key that is pressed just then must not stop another operation.</summary>
    [Fact]
    public async Task The_focus_stays_on_what_it_was_on_or_goes_nowhere()
    {
        await using var app = await DashboardApp.StartAsync(options: o => o.RefreshInterval = TimeSpan.FromSeconds(1));
        var first = await StartElsewhereAsync(app);
        await using var browser = await Chromium.OpenAsync();
        await browser.GoAsync($"{app.Root}/operations");
        await StopOf(first).FocusAsync();
        var second = await StartElsewhereAsync(app);
        await Assertions.Expect(StopOf(second)).ToBeVisibleAsync();
        await Assertions.Expect(StopOf(first)).ToBeFocusedAsync();
        await app.Storage.Monitoring.EndOperationAsync(new(first, OperationState.Stopped, "Ann", null), default);
        await Assertions.Expect(StopOf(first)).ToHaveCountAsync(0);
        await Assertions.Expect(StopOf(second)).Not.ToBeFocusedAsync();

        ILocator StopOf(long id) => browser.Page.Locator($"form:has(input[value='{id}']) button");
    }

    /// <summary>Starts an operation that another node runs, and is not done with.</summary>
    private static Task<long> StartElsewhereAsync(DashboardApp app) =>
        Eventually.GetAsync(
            async () =>
            {
                var query = new MessageQuery { Type = MessageType.Subscribe, Status = StatusName.Failed, Error = "nobody has this" };
                var id = await app.Storage.Monitoring.StartAsync(new(MessageActionKind.Delete, query, "Ann", 3), default);
                return (await app.Storage.Monitoring.TakeOperationAsync($"elsewhere {id}", TimeSpan.FromHours(1), default))?.Id == id ? id : 0;
            },
            id => id > 0);
}
