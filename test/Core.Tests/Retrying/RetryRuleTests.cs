using Cap.Retrying;

namespace Cap.Core.Tests.Retrying;

public class RetryRuleTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 60)]
    [InlineData(49, 60)]
    public void Three_tries_at_once_then_one_a_minute(int attempt, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryRule.NextTry(new CapOptions(), attempt, hopeless: false));

    [Theory]
    [InlineData(50)]
    [InlineData(51)]
    public void Fifty_tries_and_then_no_more(int attempt) => Assert.Null(RetryRule.NextTry(new CapOptions(), attempt, hopeless: false));

    [Fact]
    public void What_nobody_can_read_is_given_up_at_once() => Assert.Null(RetryRule.NextTry(new CapOptions(), 1, hopeless: true));
}
