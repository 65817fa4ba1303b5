using System.Net;
using Cap.Messages;

namespace Cap.Dashboard.Tests;

/// <summary>Whose forms are heeded.</summary>
public sealed class OriginTests(FilledApp filled) : IClassFixture<FilledApp>
{
    private readonly DashboardApp _app = filled.App;

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "https://example.org")]
    [InlineData("Origin", "null")]
    [InlineData("X-Nothing", "at all")]
    public async Task A_write_from_elsewhere_changes_nothing(string header, string value)
    {
        var failed = await _app.FailedAsync();
        Assert.Equal(HttpStatusCode.Forbidden, await DeleteAsync(failed.Id, header, value));
        Assert.Equal(3, (await Conformance.Looking.CountAsync(_app.Storage, MessageType.Subscribe, default)).Failed);
    }

    [Fact]
    public async Task A_write_whose_origin_is_this_host_is_let_in() =>
        Assert.Equal(HttpStatusCode.SeeOther, await DeleteAsync(987654321, "Origin", _app.Address.GetLeftPart(UriPartial.Authority)));

    private async Task<HttpStatusCode> DeleteAsync(long id, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/cap/act")
        {
            Content = new FormUrlEncodedContent([new("type", "received"), new("kind", "delete"), new("ids", $"{id}")]),
            Headers = { { header, value } },
        };
        using var answer = await _app.Client.SendAsync(request);
        return answer.StatusCode;
    }
}
