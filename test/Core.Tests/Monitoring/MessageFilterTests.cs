using System.Text;
using System.Text.RegularExpressions;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Core.Tests.Monitoring;

public sealed class MessageFilterTests
{
    [Theory]
    [InlineData("*")]
    [InlineData("#")]
    [InlineData("#.#")]
    [InlineData("a.*")]
    [InlineData("*.b")]
    [InlineData("a.#")]
    [InlineData("#.b")]
    [InlineData("a.#.b")]
    [InlineData("#.a.#")]
    [InlineData("a.#.#.b")]
    [InlineData("*.#.*")]
    [InlineData("a+b.*")]
    public void The_regular_expression_fits_what_the_pattern_fits(string pattern)
    {
        var filter = new MessageFilter(new() { Type = MessageType.Publish, NamePattern = pattern });
        string[] words = ["a", "b", "a+b", "ab"];
        var names = words.Concat(words.SelectMany(x => words.Select(y => $"{x}.{y}"))).Concat(words.SelectMany(x => words.SelectMany(y => words.Select(z => $"{x}.{y}.{z}"))));
        Assert.All(names, name => Assert.Equal(filter.FitsName(name), Regex.IsMatch(name, filter.NameRegex!)));
    }

    [Fact]
    public void A_text_is_found_as_it_reads_and_as_it_is_written()
    {
        var filter = new MessageFilter(new() { Type = MessageType.Publish, Text = "Grüße \"x\"" });
        Assert.True(filter.FitsContent(Encoding.UTF8.GetBytes("""{"Headers":{},"Value":"Grüße \"x\""}""")));
        Assert.True(filter.FitsContent(Encoding.UTF8.GetBytes("""{"Headers":{},"Value":"Gr\u00FC\u00DFe \u0022x\u0022"}""")));
        Assert.False(filter.FitsContent(Encoding.UTF8.GetBytes("""{"Headers":{},"Value":"x"}""")));
    }

    [Fact]
    public void A_content_that_cannot_be_read_has_no_headers()
    {
        var filter = new MessageFilter(new() { Type = MessageType.Publish, Header = new("a", null) });
        Assert.False(filter.FitsContent("\"a\":"u8.ToArray()));
        Assert.True(filter.FitsContent(Encoding.UTF8.GetBytes("""{"Headers":{"a":null},"Value":1}""")));
    }

    [Theory]
    [InlineData("17")]
    [InlineData("17-638000000000000001")]
    public void A_place_is_read_as_it_was_written(string text)
    {
        Assert.True(PageKey.TryParse(text, out var key));
        Assert.Equal(text, key.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1-2-3")]
    [InlineData("1-99999999999999999999")]
    [InlineData("1-3155378976000000000")]
    public void What_is_no_place_is_not_read(string? text) => Assert.False(PageKey.TryParse(text, out _));

    [Fact]
    public void A_percentile_is_at_most_a_fifth_off()
    {
        var counts = new long[Durations.Steps];
        for (var i = 1; i <= 1000; i++)
            counts[Durations.StepOf(TimeSpan.FromMilliseconds(i))]++;
        Assert.InRange(Durations.Percentile(counts, 0.5)!.Value.TotalMilliseconds, 500 * 0.81, 500 * 1.2);
        Assert.InRange(Durations.Percentile(counts, 0.99)!.Value.TotalMilliseconds, 990 * 0.81, 990 * 1.2);
        Assert.Null(Durations.Percentile(new long[Durations.Steps], 0.5));
        Assert.Equal(0, Durations.StepOf(TimeSpan.Zero));
        Assert.Equal(Durations.Steps - 1, Durations.StepOf(TimeSpan.FromDays(1)));
    }
}
