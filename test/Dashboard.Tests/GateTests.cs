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

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "https://example.org")]
    [InlineData("Origin", "null")]
    [InlineData("X-Nothing", "at all")]
    public async Task A_write_from_elsewhere_changes_nothing(string header, string value)
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/cap/act")
        {
            Content = new FormUrlEncodedContent([new("type", "received"), new("kind", "delete"), new("ids", $"{failed.Id}")]),
            Headers = { { header, value } },
        };
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(3, (await Conformance.Looking.CountAsync(app.Storage, MessageType.Subscribe, default)).Failed);
    }

    [Fact]
    public async Task A_write_whose_origin_is_this_host_is_let_in()
    {
        await using var app = await DashboardApp.StartAsync();
        await app.FillAsync();
        var failed = await app.FailedAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/cap/act")
        {
            Content = new FormUrlEncodedContent([new("type", "received"), new("kind", "delete"), new("ids", $"{failed.Id}")]),
            Headers = { { "Origin", app.Address.GetLeftPart(UriPartial.Authority) } },
        };
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
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
    public async Task A_mask_hides_from_page_download_search_and_editing()
    {
        await using var app = await DashboardApp.StartAsync(options: o => o.Mask = (_, message) => message.Content.Replace("bad", "***", StringComparison.Ordinal));
        await app.FillAsync();
        var failed = await app.FailedAsync();
        var html = await app.GetAsync($"message?type=received&id={failed.Id}");
        Assert.Contains("***", html, StringComparison.Ordinal);
        Assert.Contains("partly hidden", html, StringComparison.Ordinal);
        Assert.DoesNotContain("bad", await app.GetAsync($"content?type=received&id={failed.Id}"), StringComparison.Ordinal);
        Assert.Contains("No message fits", await app.GetAsync("messages?type=received&text=bad"), StringComparison.Ordinal);
        await app.GetAsync($"edit?type=received&id={failed.Id}", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Scripts_use_the_api_with_a_token()
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
        Assert.Contains("nightly", await app.GetAsync("api/audit"), StringComparison.Ordinal);
        using var refused = await SendAsync(Secret + "x", $"{failed.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
        using var wrong = await SendAsync(Secret, "x");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);

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
