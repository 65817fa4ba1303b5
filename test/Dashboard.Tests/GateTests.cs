using System.Net;
using System.Net.Http.Json;
using Cap.Messages;

namespace Cap.Dashboard.Tests;

public sealed class GateTests
{
    [Fact]
    public async Task Nothing_is_shown_until_somebody_has_said_who_may_see_it()
    {
        await using var app = await DashboardApp.StartAsync(declare: _ => { });
        Assert.Contains("RequireAuthorization", await app.GetAsync("", HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.Contains("RequireAuthorization", await app.GetAsync("api/overview", HttpStatusCode.Forbidden), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", null)]
    [InlineData("/cap", null)]
    [InlineData("/admin/outbox", null)]
    [InlineData("/cap", "/tenant")]
    public async Task It_works_below_any_prefix(string prefix, string? pathBase)
    {
        await using var app = await DashboardApp.StartAsync(prefix, pathBase: pathBase);
        var html = await app.GetAsync("");
        var style = html[html.IndexOf("assets/app.", StringComparison.Ordinal)..].Split('"')[0];
        Assert.Contains("--back", await app.GetAsync(style), StringComparison.Ordinal);
        using var bare = await app.Client.GetAsync(new Uri(app.Prefix, UriKind.Relative));
        if (app.Prefix != "/")
        {
            Assert.Equal(HttpStatusCode.Found, bare.StatusCode);
            Assert.Equal($"{app.Prefix.Split('/')[^1]}/", bare.Headers.Location!.OriginalString);
        }
        using var slash = await app.Client.GetAsync(new Uri($"{app.Prefix.TrimEnd('/')}/messages/?type=received", UriKind.Relative));
        Assert.Equal("../messages?type=received", slash.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Read_only_shows_everything_and_changes_nothing()
    {
        await using var app = await DashboardApp.StartAsync(options: o => o.IsReadOnly = true);
        await app.FillAsync();
        var failed = await app.FailedAsync();
        Assert.DoesNotContain("<button name=\"kind\"", await app.GetAsync($"message?type=received&id={failed.Id}"), StringComparison.Ordinal);
        using var answer = await app.PostAsync("act", ("type", "received"), ("kind", "delete"), ("ids", $"{failed.Id}"));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await app.GetAsync($"edit?type=received&id={failed.Id}", HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task What_a_mask_hides_is_shown_nowhere_and_cannot_be_found_or_counted()
    {
        await using var app = await DashboardApp.StartAsync(options: o => o.Mask = (_, text) => text.Text.Replace("bad", "***", StringComparison.Ordinal).Replace("paid", "###", StringComparison.Ordinal));
        await app.FillAsync();
        await app.Publisher.PublishAsync("plain", "bad9", new PublishOptions { Key = "paid-by-ann" });
        await Conformance.Eventually.BecomesTrueAsync(async () => (await Conformance.Looking.CountAsync(app.Storage, MessageType.Subscribe, default)).Failed == 4);
        var failed = await app.FailedAsync();
        var html = await app.GetAsync($"message?type=received&id={failed.Id}");
        Assert.Contains("***", html, StringComparison.Ordinal);
        Assert.Contains("partly hidden", html, StringComparison.Ordinal);
        await app.PostAsync("start", ("type", "received"), ("state", "Failed"), ("name", "plain"), ("kind", "retry"));
        await app.Storage.Monitoring.AuditAsync(new("Ann", "look", "text 'paid'", 0), default);
        string[] pages =
        [
            $"message?type=received&id={failed.Id}", $"content?type=received&id={failed.Id}", "messages?type=received&state=Failed", "messages?type=published", "failures", "audit", "operations",
            $"api/messages/received/{failed.Id}", "api/messages/received?state=Failed", "api/failures", "api/audit", "api/operations",
        ];
        foreach (var page in pages)
        {
            var text = await app.GetAsync(page);
            Assert.DoesNotMatch("bad[0-9]", text);
            Assert.DoesNotContain("paid", text, StringComparison.Ordinal);
        }
        foreach (var hidden in new[] { "text=bad", "error=paid", "key=paid-by-ann" })
        {
            Assert.Contains("No message fits", await app.GetAsync($"messages?type=received&{hidden}"), StringComparison.Ordinal);
            // Not even where its page would end.
            Assert.Contains("\"next\":null", await app.GetAsync($"api/messages/received?limit=1&{hidden}"), StringComparison.Ordinal);
            await app.GetAsync($"confirm?type=received&state=Failed&kind=retry&{hidden}", HttpStatusCode.BadRequest);
            var (name, value) = (hidden.Split('=')[0], hidden.Split('=')[1]);
            using var counted = await app.Client.PostAsJsonAsync(
                "/cap/api/operations", new Dictionary<string, string> { ["kind"] = "retry", ["type"] = "received", ["state"] = "Failed", ["countOnly"] = "true", [name] = value });
            Assert.Equal(HttpStatusCode.BadRequest, counted.StatusCode);
        }
        // What is seen is found.
        Assert.Contains("***0", await app.GetAsync("content?type=received&id=" + (await app.Storage.Monitoring.FindAsync(new() { Type = MessageType.Subscribe, Text = "bad0" }, default)).Messages[0].Id), StringComparison.Ordinal);
        Assert.DoesNotContain("No message fits", await app.GetAsync("messages?type=received&text=***0"), StringComparison.Ordinal);
        Assert.DoesNotContain("No message fits", await app.GetAsync("messages?type=received&error=cannot+be"), StringComparison.Ordinal);
        await app.GetAsync($"edit?type=received&id={failed.Id}", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_mask_that_fails_hides_everything_and_is_not_asked_for_who_may_see_all()
    {
        await using var app = await TestUsers.StartAsync(o =>
        {
            o.Mask = (_, _) => throw new InvalidOperationException("broken mask");
            o.UnmaskPolicy = "edit";
        });
        await app.FillAsync();
        var failed = await app.FailedAsync();
        app.Client.DefaultRequestHeaders.Add(TestUsers.Header, "viewer");
        var hidden = await app.GetAsync($"message?type=received&id={failed.Id}");
        Assert.DoesNotContain("cannot be paid", hidden, StringComparison.Ordinal);
        Assert.Contains("(hidden)", hidden, StringComparison.Ordinal);
        app.Client.DefaultRequestHeaders.Remove(TestUsers.Header);
        app.Client.DefaultRequestHeaders.Add(TestUsers.Header, "editor");
        Assert.Contains("cannot be paid", await app.GetAsync($"message?type=received&id={failed.Id}"), StringComparison.Ordinal);
        await app.GetAsync("confirm?type=received&state=Failed&kind=retry&error=paid");
    }

    [Fact]
    public void A_token_that_is_missing_or_short_is_named()
    {
        var options = new CapDashboardOptions { UnmaskPolicy = "all" };
        options.Tokens.Add(new("nightly", null!));
        options.Tokens.Add(new("weekly", "secret"));
        var error = Assert.Throws<CapConfigurationException>(options.Check);
        Assert.Contains("'nightly' has 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("'weekly' has 6", error.Message, StringComparison.Ordinal);
        Assert.Contains("there is no Mask", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("view")]
    public async Task A_token_is_not_made_up_for_by_being_somebody_else(string? viewPolicy)
    {
        await using var app = await DashboardApp.StartAsync(
            services: TestUsers.AddTo,
            options: o =>
            {
                o.ViewPolicy = viewPolicy;
                o.Tokens.Add(new("nightly", "0123456789abcdef0123456789abcdef"));
            });
        app.Client.DefaultRequestHeaders.Add("Authorization", "Bearer one-that-was-taken-back-long-ago-12345");
        await app.GetAsync("api/overview", HttpStatusCode.Unauthorized);
        app.Client.DefaultRequestHeaders.Clear();
        // Somebody who is signed in to the application, and of whom nobody has said that they may see this.
        app.Client.DefaultRequestHeaders.Add(TestUsers.Header, "customer");
        await app.GetAsync("", HttpStatusCode.Forbidden);
        await app.GetAsync("api/overview", viewPolicy is null ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Scripts_use_the_api_with_a_token_and_nobody_without()
    {
        const string Secret = "0123456789abcdef0123456789abcdef";
        await using var app = await DashboardApp.StartAsync(options: o =>
        {
            o.Tokens.Add(new("nightly", Secret, MayOperate: true));
            o.Tokens.Add(new("monitor", Secret + "x"));
        });
        await app.FillAsync();
        var failed = await app.FailedAsync();

        using var answer = await SendAsync(Secret, $"{failed.Id}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"changed\":1", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var refused = await SendAsync(Secret + "x", $"{failed.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        using var wrong = await SendAsync(Secret, "x");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        using var unknown = await SendAsync("one-that-was-taken-back-long-ago-12345", $"{failed.Id}");
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);

        Assert.Contains("token", await app.GetAsync("api/audit", HttpStatusCode.Unauthorized), StringComparison.Ordinal);
        using var none = await app.Client.PostAsJsonAsync("/cap/api/operations", new { kind = "delete", type = "received", state = "Failed" });
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        Assert.Equal("Bearer", none.Headers.WwwAuthenticate.ToString());
        await app.GetAsync("", HttpStatusCode.Forbidden);
        using var posted = await app.PostAsync("act", ("type", "received"), ("kind", "delete"), ("ids", $"{failed.Id}"));
        Assert.Equal(HttpStatusCode.Forbidden, posted.StatusCode);
        app.Client.DefaultRequestHeaders.Add("Authorization", $"Bearer {Secret}x");
        Assert.Contains("nightly", await app.GetAsync("api/audit"), StringComparison.Ordinal);

        async Task<HttpResponseMessage> SendAsync(string token, string id)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/cap/api/messages/received/retry")
            {
                Content = JsonContent.Create(new { ids = new[] { id } }),
                Headers = { { "Authorization", $"Bearer {token}" } },
            };
            return await app.Client.SendAsync(request);
        }
    }
}
