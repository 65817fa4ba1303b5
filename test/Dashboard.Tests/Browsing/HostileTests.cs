using System.Text;
using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard.Tests;

/// <summary>What a message contains is text, whatever it looks like.</summary>
public sealed class HostileTests : IAsyncLifetime
{
    private static readonly Lane Foreign = new(MessageType.Publish, "v9");
    private DashboardApp? _app;

    private DashboardApp App => _app!;

    public async Task InitializeAsync() => _app = await DashboardApp.StartAsync();

    public async Task DisposeAsync() => await App.DisposeAsync();

    [Theory]
    [InlineData("<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>")]
    [InlineData("'\"><svg onload=window.hacked=1>")]
    [InlineData("\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627\u2066")]
    [InlineData("javascript:window.hacked=1")]
    public async Task A_payload_a_key_and_an_error_are_shown_and_do_nothing(string text)
    {
        App.Script.On("one", _ => throw new InvalidOperationException(text));
        var options = new PublishOptions { Key = text, Headers = new Dictionary<string, string?> { ["x"] = text } };
        await App.Publisher.PublishAsync("plain", text, options);
        await Eventually.BecomesTrueAsync(async () => (await App.Storage.CountAsync(MessageType.Subscribe, default)).Failed == 1);
        var failed = await App.FailedAsync();
        string[] pages =
        [
            $"message?type=received&id={failed.Id}",
            "messages?type=received&state=Failed",
            "failures",
            $"messages?type=received&text={Uri.EscapeDataString(text)}",
            $"edit?type=received&id={failed.Id}",
            "",
        ];
        await using var browser = await Chromium.OpenAsync(380);
        foreach (var page in pages)
        {
            await browser.GoAsync($"{App.Root}/{page}");
            Assert.True(await browser.Page.EvaluateAsync<bool>("window.hacked === undefined"));
        }
    }

    [Fact]
    public async Task A_value_of_megabytes_is_cut_and_can_be_had_whole()
    {
        var value = $"[{string.Join(',', Enumerable.Repeat("\"0123456789\"", 400_000))}]";
        var id = await StoreAsync(Encoding.UTF8.GetBytes($"{{\"Headers\":{{}},\"Value\":{value}}}"));
        await using var browser = await Chromium.OpenAsync();
        await browser.GoAsync($"{App.Root}/message?type=published&id={id}");
        Assert.True((await browser.Page.ContentAsync()).Length < 200_000);
        Assert.True((await App.GetAsync($"content?type=published&id={id}")).Length > 5_000_000);
    }

    [Fact]
    public async Task Bytes_that_are_no_content_are_shown_as_what_they_are()
    {
        var id = await StoreAsync([0xff, 0xfe, 0x41, 0x42]);
        await using var browser = await Chromium.OpenAsync();
        await browser.GoAsync($"{App.Root}/message?type=published&id={id}");
        Assert.Contains("It cannot be read", await browser.Page.InnerTextAsync("main"), StringComparison.Ordinal);
        Assert.Contains("AB", await browser.Page.InnerTextAsync("pre.value"), StringComparison.Ordinal);
    }

    /// <summary>A row that nobody works: of a version that no node has.</summary>
    private async Task<long> StoreAsync(byte[] content)
    {
        await App.Storage.PublishAsync(new(Foreign, [Sample.Message() with { Content = content }], null), default);
        return (await App.Storage.FindAsync(new() { Type = MessageType.Publish, IsWithContent = false }, default))[0].Id;
    }
}
