using System.Text;
using Cap.Messages;

namespace Cap.Core.Tests.Messages;

public class MessageContentTests
{
    [Fact]
    public void The_value_stays_the_bytes_it_was()
    {
        const string json = """{ "a" : [1, 2,3] , "ü":"\u00e4" }""";
        var content = MessageContent.Wrap([new("h", null), new("k\"", "v")], Encoding.UTF8.GetBytes(json));
        var (headers, value) = MessageContent.Read(content);
        Assert.Equal(json, Encoding.UTF8.GetString(value.Span));
        Assert.Null(headers["h"]);
        Assert.Equal("v", headers["k\""]);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("7", true)]
    [InlineData("{\"a\":1}", true)]
    [InlineData("{\"a\":1} x", false)]
    [InlineData("{oops", false)]
    [InlineData("not json", false)]
    public void What_is_JSON_is_told_from_what_is_not(string body, bool isJson) =>
        Assert.Equal(isJson, MessageContent.IsJson(Encoding.UTF8.GetBytes(body)));

    /// <summary>A database could store it, but not show it.</summary>
    [Fact]
    public void Text_that_is_not_UTF8_is_not_JSON() => Assert.False(MessageContent.IsJson([(byte)'"', 0xff, (byte)'"']));

    [Theory]
    [InlineData(200, true)]
    [InlineData(511, true)]
    [InlineData(512, false)]
    public void What_counts_as_JSON_can_be_read_again(int depth, bool isJson)
    {
        var body = Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
        Assert.Equal(isJson, MessageContent.IsJson(body));
        if (isJson)
            Assert.Equal(body.Length, MessageContent.Read(MessageContent.Wrap([], body)).Value.Length);
    }
}
