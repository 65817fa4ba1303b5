using System.Globalization;
using Microsoft.Playwright;

namespace Cap.Dashboard.Tests;

/// <summary>How the pages look: whole, within the window, in both colour schemes, on a telephone and on a desk.</summary>
public sealed class LookTests(FilledApp filled) : IClassFixture<FilledApp>
{
    private readonly DashboardApp _app = filled.App;

    public static TheoryData<string, int, bool> Pages()
    {
        var data = new TheoryData<string, int, bool>();
        string[] names =
        [
            "overview", "published", "received-failed", "search", "message", "failures", "subscribers", "nodes", "operations", "audit", "confirm", "edit", "refused",
        ];
        foreach (var name in names)
        {
            foreach (var width in new[] { 380, 1440 })
            {
                data.Add(name, width, false);
                data.Add(name, width, true);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_is_whole(string name, int width, bool isDark)
    {
        await using var browser = await Chromium.OpenAsync(width, isDark ? ColorScheme.Dark : ColorScheme.Light);
        var page = browser.Page;
        var failed = await _app.FailedAsync();
        var address = name switch
        {
            "overview" => "",
            "published" => "messages?type=published",
            "received-failed" => "messages?type=received&state=Failed",
            "search" => "messages?type=received&name=plain&error=paid&since=2020-01-01T00:00&text=bad",
            "message" => $"message?type=received&id={failed.Id}",
            "confirm" => "confirm?type=received&state=Failed&kind=retry",
            "edit" => $"edit?type=received&id={failed.Id}",
            "refused" => "message?type=received&id=987654321",
            _ => name,
        };
        if (name == "refused")
            await page.GotoAsync($"{_app.Root}/{address}");
        else
            await browser.GoAsync($"{_app.Root}/{address}");
        Assert.Equal(1, await page.Locator("h1").CountAsync());
        // A state is told by sign and word, and not by its colour alone.
        foreach (var state in await page.Locator(".state").AllInnerTextsAsync())
            Assert.Matches(@"^\S\s+\S", state.Trim());
        await Screenshots.TakeAsync(page, $"{name}-{width.ToString(CultureInfo.InvariantCulture)}-{(isDark ? "dark" : "light")}");
    }

    [Fact]
    public async Task What_has_the_focus_is_seen()
    {
        await using var browser = await Chromium.OpenAsync();
        await browser.GoAsync($"{_app.Root}/messages?type=received&state=Failed");
        for (var i = 0; i < 30; i++)
        {
            await browser.Page.Keyboard.PressAsync("Tab");
            var outline = await browser.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle + ' ' + document.activeElement.tagName");
            Assert.False(outline.StartsWith("none", StringComparison.Ordinal) && !outline.EndsWith("BODY", StringComparison.Ordinal), outline);
        }
    }

    [Fact]
    public async Task Keys_search_and_help()
    {
        await using var browser = await Chromium.OpenAsync();
        await browser.GoAsync($"{_app.Root}/messages?type=received");
        await browser.Page.Keyboard.PressAsync("?");
        await Assertions.Expect(browser.Page.Locator(".keys")).ToBeVisibleAsync();
        await browser.Page.Keyboard.PressAsync("/");
        await Assertions.Expect(browser.Page.Locator("[data-search]")).ToBeFocusedAsync();
        await browser.Page.Keyboard.TypeAsync("r?/");
        await Assertions.Expect(browser.Page.Locator("[data-search]")).ToHaveValueAsync("r?/");
        await browser.IsWellAsync();
    }
}
