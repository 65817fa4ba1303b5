using System.Net;
using Cap.Messages;

namespace Cap.Dashboard.Tests;

/// <summary>Whose forms are heeded.</summary>
public sealed class OriginTests(FilledApp filled) : IClassFixture<FilledApp>
{
    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "https://example.org")]
    [InlineData("Origin", "null")]
    [InlineData("X-Nothing", "at all")]
    public async Task A_write_from_elsewhere_changes_nothing(string header, string value)
    {
        var app = filled.App;
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
        var app = filled.App;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/cap/act")
        {
            Content = new FormUrlEncodedContent([new("type", "received"), new("kind", "delete"), new("ids", "987654321")]),
            Headers = { { "Origin", app.Address.GetLeftPart(UriPartial.Authority) } },
        };
        using var answer = await app.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
    }
}
