using System.Text;
using Cap.Messages;

namespace Cap.Core.Tests.Messages;

public class MessageContentTests
{
    [Fact]
    public void The_value_stays_the_bytes_it_was()
    {
        const string json = """{ "a" : [1, 2,3] , "ü":"\u00e4" }""";
        var (content, slice) = MessageContent.Wrap([new("h", null), new("k\"", "v")], Encoding.UTF8.GetBytes(json));
        var (headers, value) = MessageContent.Read(content);
        Assert.Equal(json, Encoding.UTF8.GetString(value.Span));
        Assert.Equal(json, Encoding.UTF8.GetString(slice.Span));
        Assert.Null(headers["h"]);
        Assert.Equal("v", headers["k\""]);
    }

    /// <summary>What was just received is read like what comes from the tables.</summary>
    [Theory]
    [InlineData(" null\n", "null")]
    [InlineData("\t7 ", "7")]
    [InlineData("", "null")]
    public void White_space_around_a_value_is_not_part_of_it(string body, string value)
    {
        var (content, slice) = MessageContent.Wrap([], Encoding.UTF8.GetBytes(body));
        Assert.Equal(value, Encoding.UTF8.GetString(slice.Span));
        Assert.Equal(value, Encoding.UTF8.GetString(MessageContent.Read(content).Value.Span));
    }

    [Fact]
    public void The_names_of_Caps_own_headers_are_not_made_anew()
    {
        var (content, _) = MessageContent.Wrap([new(Headers.MessageId, "1"), new("cap-msg-ix", "2"), new("cap\u002dmsg", "3")], "7"u8);
        var headers = MessageContent.Read(content).Headers;
        Assert.Equal([Headers.MessageId, "cap-msg-ix", "cap-msg"], headers.Keys);
        Assert.Same(Headers.MessageId, headers.Keys.First());
    }

    /// <summary>Each message is written into the same memory as the one before it.</summary>
    [Fact]
    public void What_was_written_stays_when_the_next_is_written()
    {
        var (first, _) = MessageContent.Wrap([new("h", "first")], "1"u8);
        var large = new string('x', 300_000);
        var (second, _) = MessageContent.Wrap([new("h", large)], "2"u8);
        var (third, _) = MessageContent.Wrap([new("h", "third")], "3"u8);
        Assert.Equal(["first", large, "third"], new[] { first, second, third }.Select(c => MessageContent.Read(c).Headers["h"]));
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
            Assert.Equal(body.Length, MessageContent.Read(MessageContent.Wrap([], body).Content).Value.Length);
    }
}
