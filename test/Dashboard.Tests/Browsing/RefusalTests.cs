using System.Net;
using Cap.Conformance;
using Cap.Messages;
using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>What a browser shows somebody who may not, and what it sends from where it must not.</summary>
public sealed class RefusalTests
{
    private static readonly string[] Pages =
        ["", "messages?type=published&state=Delayed", "messages?type=received&state=Failed", "failures", "subscribers", "nodes", "operations", "audit"];

    [Fact]
    public async Task Who_may_look_only_is_offered_nothing_to_do_on_any_page()
    {
        await using var app = await TestUsers.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        await using var browser = await Chromium.OpenAsync();
        await browser.Page.SetExtraHTTPHeadersAsync([new(TestUsers.Header, "viewer")]);
        await IsOfferedNothingAsync(app, browser, $"message?type=received&id={failed.Id}");

        foreach (var page in new[] { $"edit?type=received&id={failed.Id}", "confirm?type=received&state=Failed&kind=delete" })
        {
            var answer = await browser.Page.GotoAsync($"{app.Root}/{page}");
            Assert.Equal((int)HttpStatusCode.Forbidden, answer!.Status);
            await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Not allowed");
        }
        await Screenshots.TakeAsync(browser.Page, "not-allowed-1440-light");
    }

    [Fact]
    public async Task A_read_only_dashboard_offers_nothing_to_do_on_any_page()
    {
        await using var app = await DashboardApp.StartAsync(options: o => o.IsReadOnly = true);
        await app.FillAsync();
        await using var browser = await Chromium.OpenAsync();
        await IsOfferedNothingAsync(app, browser, $"message?type=received&id={(await app.FailedAsync()).Id}");
    }

    [Fact]
    public async Task Who_operates_but_does_not_edit_is_offered_just_that()
    {
        await using var app = await TestUsers.StartAsync();
        await app.FillAsync();
        await using var browser = await Chromium.OpenAsync();
        await browser.Page.SetExtraHTTPHeadersAsync([new(TestUsers.Header, "operator")]);
        await browser.GoAsync($"{app.Root}/message?type=received&id={(await app.FailedAsync()).Id}");
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Link, new() { Name = "Edit and send again" })).ToHaveCountAsync(0);
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Retry now" }).ClickAsync();
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("1 changed");
        await browser.GoAsync($"{app.Root}/audit");
        await Assertions.Expect(browser.Page.Locator("tbody tr").First).ToContainTextAsync("operator");
    }

    /// <summary>From another site, and from another port of the same machine, which browsers call the same site.</summary>
    [Theory]
    [InlineData("http://elsewhere.example/")]
    [InlineData("http://127.0.0.1:9/")]
    public async Task A_form_of_another_place_changes_nothing(string place)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        await using var browser = await Chromium.OpenAsync();
        var form = $"""
            <form method="post" action="{app.Root}/act">
            <input name="type" value="received"><input name="ids" value="{failed.Id}"><button name="kind" value="delete">Win a prize</button>
            </form>
            """;
        await browser.Page.RouteAsync(place, route => route.FulfillAsync(new() { ContentType = "text/html", Body = form }));
        await browser.Page.GotoAsync(place);
        await browser.Page.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Not from here");
        await Assertions.Expect(browser.Page.Locator("main")).ToContainTextAsync("Nothing was changed");
        Assert.Equal(3, (await app.Storage.CountAsync(MessageType.Subscribe, default)).Failed);
    }

    private static async Task IsOfferedNothingAsync(DashboardApp app, BrowserPage browser, string message)
    {
        foreach (var page in Pages.Append(message))
        {
            await browser.GoAsync($"{app.Root}/{page}");
            await Assertions.Expect(browser.Page.Locator(".who .tag")).ToHaveTextAsync("read-only");
            await Assertions.Expect(browser.Page.Locator("form[method=post] button, input[type=checkbox], a:has-text('all that match')")).ToHaveCountAsync(0);
        }
    }
}
