using System.Net;
using System.Text.RegularExpressions;
using Cap.Conformance;
using Cap.Messages;

namespace Cap.Dashboard.Tests;

public sealed class PageTests : IAsyncLifetime
{
    private DashboardApp? _app;

    private DashboardApp App => _app!;

    public async Task InitializeAsync()
    {
        _app = await DashboardApp.StartAsync();
        await App.FillAsync();
    }

    public async Task DisposeAsync() => await App.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("messages?type=published")]
    [InlineData("messages?type=received&state=Failed")]
    [InlineData("messages?type=published&state=Delayed")]
    [InlineData("messages?type=received&name=pla&error=paid&text=bad&since=2020-01-01T00:00")]
    [InlineData("failures")]
    [InlineData("subscribers")]
    [InlineData("nodes")]
    [InlineData("operations")]
    [InlineData("audit")]
    [InlineData("confirm?type=received&state=Failed&kind=retry")]
    public async Task Every_page_is_there_and_has_nothing_inline(string page)
    {
        var html = await App.GetAsync(page);
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Not known", html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/", html, StringComparison.Ordinal);
        Assert.DoesNotContain("action=\"/", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_shows_its_value_its_attempts_and_the_other_side()
    {
        var failed = await App.FailedAsync();
        var html = await App.GetAsync($"message?type=received&id={failed.Id}");
        Assert.Contains("cannot be paid", html, StringComparison.Ordinal);
        Assert.Contains("cap-senttime", html, StringComparison.Ordinal);
        Assert.Contains("Where it was published", html, StringComparison.Ordinal);
        Assert.Contains("message?type=published&amp;id=", html, StringComparison.Ordinal);
        Assert.StartsWith("{\"Headers\"", await App.GetAsync($"content?type=received&id={failed.Id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_search_finds_is_not_acted_on_when_a_part_of_it_was_not_understood()
    {
        Assert.Contains("Delete all that match", await App.GetAsync("messages?type=received&state=Failed&since=2020-01-01T00:00"), StringComparison.Ordinal);
        var html = await App.GetAsync("messages?type=received&state=Failed&since=last+week");
        Assert.Contains("which is no time", html, StringComparison.Ordinal);
        Assert.DoesNotContain("that match", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_that_only_another_application_knows_is_let_go_on_here()
    {
        await App.Storage.Monitoring.PauseAsync(new(new(MessageType.Subscribe, "elsewhere.v1"), true, "Ann"), default);
        await Eventually.BecomesTrueAsync(async () => (await App.GetAsync("subscribers")).Contains("elsewhere.v1", StringComparison.Ordinal));
        Assert.Contains("Paused by Ann", await App.ReadAsync("subscribers"), StringComparison.Ordinal);
    }

    /// <summary>Half a surrogate pair is JSON, and no text: what would be sent is not what was stored.</summary>
    [Fact]
    public async Task A_message_that_cannot_be_shown_is_not_sent_again_as_something_else()
    {
        await App.Storage.PublishAsync(new(Sample.Outbox, [Sample.Message() with { Content = Sample.Content("\"\\ud800\"") }], null), default);
        var row = (await App.Storage.FindAsync(new() { Type = MessageType.Publish, Name = "order.placed" }, default))[0];
        using var compared = await App.PostAsync("compare", ("type", "published"), ("id", $"{row.Id}"), ("headers", ""), ("value", "1"));
        Assert.Equal(HttpStatusCode.BadRequest, compared.StatusCode);
        using var sent = await App.PostAsync("replay", ("type", "published"), ("id", $"{row.Id}"), ("headers", ""), ("value", "1"));
        Assert.Equal(HttpStatusCode.BadRequest, sent.StatusCode);
        using var body = new StringContent("{}", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        using var asked = await App.Client.PostAsync(new Uri($"/cap/api/messages/published/{row.Id}/replay", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.BadRequest, asked.StatusCode);
        Assert.Contains("Give headers and value", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(await App.Storage.FindAsync(new() { Type = MessageType.Publish, Name = "order.placed" }, default));
    }

    [Fact]
    public async Task Failures_are_grouped_by_what_they_have_in_common()
    {
        var html = await App.ReadAsync("failures");
        Assert.Contains("<b>3</b>", html, StringComparison.Ordinal);
        Assert.Contains("Order … cannot be paid.", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retrying_the_selected_tells_what_really_changed()
    {
        var failed = await App.FailedAsync();
        using var answer = await App.PostAsync(
            "act", ("type", "received"), ("kind", "retry"), ("ids", $"{failed.Id}"), ("ids", "987654321"), ("back", "messages?type=received&state=Failed"));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var back = answer.Headers.Location!.OriginalString;
        Assert.StartsWith("messages?type=received&state=Failed&told=", back, StringComparison.Ordinal);
        Assert.Contains("<strong>1</strong> changed", await App.GetAsync(back), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_not_a_page_is_not_gone_back_to()
    {
        var failed = await App.FailedAsync();
        using var answer = await App.PostAsync("act", ("type", "received"), ("kind", "delete"), ("ids", $"{failed.Id}"), ("back", "https://example.org/messages?"));
        Assert.StartsWith("messages?type=received&told=", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_match_are_acted_on_by_an_operation()
    {
        Assert.Contains("<b>3</b>", await App.GetAsync("confirm?type=received&state=Failed&kind=delete&error=paid"), StringComparison.Ordinal);
        using var answer = await App.PostAsync("start", ("type", "received"), ("state", "Failed"), ("error", "paid"), ("kind", "delete"), ("expected", "3"));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        var page = answer.Headers.Location!.OriginalString;
        await Conformance.Eventually.BecomesTrueAsync(async () => (await App.ReadAsync(page)).Contains("✓ Done", StringComparison.Ordinal));
        Assert.Contains("<b>3</b> changed", await App.GetAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_changed_compared_and_sent_again_to_its_group_only()
    {
        var failed = await App.FailedAsync();
        (string, string)[] fields = [("type", "received"), ("id", $"{failed.Id}"), ("headers", "tenant: north"), ("value", "\"good\"")];
        using var compared = await App.PostAsync("compare", fields);
        var html = WebUtility.HtmlDecode(await compared.Content.ReadAsStringAsync());
        Assert.Contains("class=\"minus\"", html, StringComparison.Ordinal);
        Assert.Contains("+ tenant: north", html, StringComparison.Ordinal);
        var two = App.Script.Values("two").Count;

        using var answer = await App.PostAsync("replay", fields);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        await Conformance.Eventually.BecomesTrueAsync(() => App.Script.Values("one").Contains("good"));
        Assert.Equal(two, App.Script.Values("two").Count);
        Assert.Contains("replay", await App.GetAsync("audit"), StringComparison.Ordinal);
        Assert.Equal(StatusName.Failed, (await App.FailedAsync()).StatusName);

        using var wrong = await App.PostAsync("replay", ("type", "received"), ("id", $"{failed.Id}"), ("headers", ""), ("value", "no json"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task A_group_is_paused_and_let_go_on()
    {
        var group = (await App.FailedAsync()).Group!;
        using var paused = await App.PostAsync("pause", ("group", group), ("kind", "pause"));
        Assert.Contains("Paused by anonymous", await App.GetAsync(paused.Headers.Location!.OriginalString), StringComparison.Ordinal);
        using var resumed = await App.PostAsync("pause", ("group", group), ("kind", "resume"));
        Assert.DoesNotContain("Paused by", await App.GetAsync(resumed.Headers.Location!.OriginalString), StringComparison.Ordinal);
        using var unknown = await App.PostAsync("pause", ("group", "nobody"), ("kind", "pause"));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_group_that_has_never_got_a_message_is_paused_too()
    {
        await using var app = await DashboardApp.StartAsync();
        var group = Regex.Match(await app.GetAsync("subscribers"), "name=\"group\" value=\"([^\"]+)\"").Groups[1].Value;
        Assert.DoesNotContain(await app.Storage.Monitoring.GetBacklogsAsync(default), b => b.Lane.Type == MessageType.Subscribe);
        using var paused = await app.PostAsync("pause", ("group", group), ("kind", "pause"));
        Assert.Equal(HttpStatusCode.SeeOther, paused.StatusCode);
        Assert.Contains("Paused by anonymous", await app.GetAsync(paused.Headers.Location!.OriginalString), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_not_everything_was_looked_through_nobody_is_said_to_be_there()
    {
        await App.Publisher.PublishAsync("nobody.hears", "x");
        var published = (await App.Storage.FindAsync(new() { Type = MessageType.Publish, Name = "nobody.hears" }, default))[0];
        var page = $"message?type=published&id={published.Id}";
        Assert.Contains("Nobody who uses these tables", await App.GetAsync(page), StringComparison.Ordinal);

        // More than a search looks through.
        foreach (var some in Enumerable.Range(0, 6_000).Chunk(3_000))
            await App.Storage.ReceiveAsync([.. some.Select(_ => Sample.Incoming())], default);
        var html = await App.ReadAsync(page);
        Assert.DoesNotContain("Nobody who uses these tables", html, StringComparison.Ordinal);
        Assert.Contains("None so far.", html, StringComparison.Ordinal);
        var next = Regex.Match(html, $"""<a href="(messages\?type=received&id={published.MessageId}&from=[^"]+)">Search on""").Groups[1].Value;
        Assert.Contains("No message fits", await App.GetAsync(next), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("messages?type=nothing", "There are")]
    [InlineData("messages?state=Broken", "The state is")]
    [InlineData("messages?since=yesterday", "which is no time")]
    [InlineData("messages?from=x", "which is no place")]
    public async Task What_a_search_cannot_mean_is_said(string page, string said) =>
        Assert.Contains(said, await App.GetAsync(page), StringComparison.Ordinal);

    [Theory]
    [InlineData("message?type=received&id=987654321", HttpStatusCode.NotFound)]
    [InlineData("message?type=received&id=x", HttpStatusCode.BadRequest)]
    [InlineData("edit?type=received&id=987654321", HttpStatusCode.NotFound)]
    [InlineData("confirm?type=received&kind=delete", HttpStatusCode.BadRequest)]
    public Task What_is_not_there_is_said(string page, HttpStatusCode status) => App.GetAsync(page, status);
}
