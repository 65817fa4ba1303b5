using Cap.Conformance;
using Cap.Messages;

namespace Cap.Core.Tests.Messages;

public sealed class TopicPatternTests
{
    public static TheoryData<string> Patterns => [.. TopicTable.Patterns];

    [Theory, MemberData(nameof(Patterns))]
    public void Matches_what_the_table_says(string pattern) =>
        Assert.Equal(TopicTable.MatchedBy(pattern), TopicTable.Names.Where(TopicPattern.Parse(pattern).IsMatch));

    [Theory]
    [InlineData("", "", true)]
    [InlineData("#", "", true)]
    [InlineData("#.#", "", true)]
    [InlineData("*", "", false)]
    [InlineData("", "a", false)]
    public void The_empty_name_has_no_words(string pattern, string name, bool matched) =>
        Assert.Equal(matched, TopicPattern.Parse(pattern).IsMatch(name));

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a", "*", true)]
    [InlineData("a.b", "*", false)]
    [InlineData("a.*", "*.b", true)]
    [InlineData("a.*", "b.*", false)]
    [InlineData("a.#", "#.b", true)]
    [InlineData("a.#", "b.#", false)]
    [InlineData("#.a", "#.b", false)]
    [InlineData("#", "", true)]
    [InlineData("*", "", false)]
    [InlineData("a.#.c", "a.b.*", true)]
    [InlineData("a.#.c", "a.b", false)]
    [InlineData("a.#.c.#.e", "*.*.*", true)]
    [InlineData("a.#.c.#.e", "*.*", false)]
    [InlineData("#.x.#", "a.*.b", true)]
    [InlineData("#.x.#", "a.b", false)]
    [InlineData("#.x.#", "#.y.#", true)]
    [InlineData("order.#", "order", true)]
    [InlineData("order.*", "order", false)]
    [InlineData("#.", "*", false)]
    [InlineData(".#", "*", false)]
    [InlineData("#..#", "*", false)]
    [InlineData("#.", ".#", true)]
    [InlineData("#.", "*.*", true)]
    [InlineData("#.", "#.", true)]
    [InlineData("a..b", "a.*.b", true)]
    public void Overlap_is_a_common_name(string a, string b, bool expected)
    {
        Assert.Equal(expected, TopicPattern.Overlaps(TopicPattern.Parse(a), TopicPattern.Parse(b)));
        Assert.Equal(expected, TopicPattern.Overlaps(TopicPattern.Parse(b), TopicPattern.Parse(a)));
    }

    [Fact]
    public void Overlap_agrees_with_trying_every_short_name()
    {
        // Two letters and the empty word, up to five words: long enough for every common name of patterns of three words. The
        // single empty word is left out: it cannot be written.
        string[] letters = ["x", "y", ""];
        string[][] longest = [[]];
        List<string[]> split = [[]];
        foreach (var _ in Enumerable.Range(0, 5))
        {
            longest = [.. longest.SelectMany(name => letters.Select(letter => (string[])[.. name, letter]))];
            split.AddRange(longest.Where(name => name is not [""]));
        }
        string[] words = ["x", "y", "", "*", "#"];
        string[] patterns =
        [
            .. words, .. words.SelectMany(a => words.Select(b => a + "." + b)),
            .. words.SelectMany(a => words.SelectMany(b => words.Select(c => a + "." + b + "." + c))),
        ];
        var matched = patterns.Distinct().Select(pattern => (Pattern: TopicPattern.Parse(pattern), Names: MatchedBy(pattern))).ToArray();

        foreach (var a in matched)
        {
            foreach (var b in matched)
            {
                if (a.Names.Overlaps(b.Names) != TopicPattern.Overlaps(a.Pattern, b.Pattern))
                    Assert.Fail($"'{a.Pattern}' and '{b.Pattern}': Overlaps says {TopicPattern.Overlaps(a.Pattern, b.Pattern)}");
            }
        }

        HashSet<int> MatchedBy(string pattern)
        {
            var parsed = TopicPattern.Parse(pattern);
            return [.. Enumerable.Range(0, split.Count).Where(i => parsed.IsMatch(split[i]))];
        }
    }

    [Fact]
    public void Many_wildcards_take_no_exponential_time()
    {
        var pattern = TopicPattern.Parse(string.Join('.', Enumerable.Repeat("#.a", 40)) + ".b");
        var name = string.Join('.', Enumerable.Repeat("a", 120));

        Assert.False(pattern.IsMatch(name));
        Assert.False(TopicPattern.Overlaps(pattern, TopicPattern.Parse(name)));
        Assert.True(TopicPattern.Overlaps(pattern, pattern));
    }

    [Theory]
    [InlineData("a.b", true)]
    [InlineData("a*", true)]
    [InlineData("a.*", false)]
    [InlineData("#", false)]
    public void Literal_means_no_wildcard_word(string pattern, bool expected) =>
        Assert.Equal(expected, TopicPattern.Parse(pattern).IsLiteral);
}
