namespace Cap.RabbitMQ.Tests;

public sealed class AcknowledgementsTests
{
    [Theory]
    [InlineData("1 2 3", "≤3")]
    [InlineData("3 1 2", "≤3")]
    [InlineData("1 2|3 4", "≤2|≤4")]
    [InlineData("2 3", "2 3")]
    [InlineData("1 3", "≤1 3")]
    [InlineData("3|1 2", "3|≤2")]
    [InlineData("2|1|3", "2|≤1|≤3")]
    [InlineData("2|1 3", "2|≤3")]
    [InlineData("1 1 2|2 1", "≤2|")]
    [InlineData("5 3|2 3 1 1|2", "3 5|≤2|")]
    [InlineData("5 3|2 3 1 1|4 6", "3 5|≤2|≤6")]
    public void As_few_words_as_possible_and_none_twice(string acknowledged, string told)
    {
        var acknowledgements = new Acknowledgements();
        var answers = acknowledged.Split('|').Select(step => acknowledgements
            .Add(step.Split(' ').Select(ulong.Parse))
            .Select(answer => (answer.Multiple ? "≤" : "") + answer.Tag));

        Assert.Equal(told, string.Join('|', answers.Select(step => string.Join(' ', step))));
    }

    /// <summary>A delivery that is refused may wait for hours, and a busy queue delivers millions meanwhile.</summary>
    [Fact]
    public void What_is_remembered_grows_with_the_gaps_only()
    {
        var acknowledgements = new Acknowledgements();
        // 5 and 2000 stay out.
        foreach (var batch in Enumerable.Range(1, 10_000).Select(i => (ulong)i).Where(tag => tag is not (5 or 2000)).Chunk(100))
            acknowledgements.Add(batch.Reverse());
        Assert.InRange(acknowledgements.Remembered, 0, 3);
        Assert.Equal([(5, true)], acknowledgements.Add([5]));
        Assert.Equal([(2000, true)], acknowledgements.Add([2000]));
        Assert.Equal([(10_001, true)], acknowledgements.Add([10_001]));
    }

    [Fact]
    public void Never_more_than_was_asked_for_nor_a_number_twice()
    {
        var random = new Random(1);
        for (var round = 0; round < 200; round++)
        {
            var acknowledgements = new Acknowledgements();
            var waiting = Enumerable.Range(1, 40).Select(i => (ulong)i).ToHashSet();
            var asked = new HashSet<ulong>();
            while (waiting.Count > 0)
            {
                var step = Enumerable.Range(0, random.Next(1, 12)).Select(_ => (ulong)random.Next(1, 41)).ToArray();
                asked.UnionWith(step);
                foreach (var (tag, multiple) in acknowledgements.Add(step))
                {
                    Assert.Contains(tag, waiting);
                    waiting.RemoveWhere(other => other == tag || (multiple && other < tag));
                }
                Assert.Equal(Enumerable.Range(1, 40).Select(i => (ulong)i).Except(asked), waiting.Order());
            }
        }
    }
}
