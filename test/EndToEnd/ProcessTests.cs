namespace Cap.EndToEnd;

/// <summary>Publisher and subscriber as different processes, on real PostgreSQL and RabbitMQ.</summary>
public class ProcessTests
{
    private const int Tries = 10_000;
    private const int Committed = 9_000;

    /// <summary>10,000 transactions, every tenth rolled back; as two services with tables of their own, and as two applications that share them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_committed_entry_is_handled_once_per_group_and_no_rolled_back_one_ever(bool sharedTables)
    {
        var book = await Book.CreateAsync();
        var senderSchema = book.Name + "_a";
        await using var subscriber = await AppProcess.StartAsync(book.Plan("subscribe", sharedTables ? senderSchema : book.Name + "_b"));
        await book.SubscribedAsync();
        await using var publisher = await AppProcess.StartAsync(book.Plan("publish", senderSchema, Tries));
        await publisher.SaysAsync("PUBLISHED");
        await book.HandledAllAsync(Committed);

        Assert.Equal(0, await publisher.TerminateAsync());
        Assert.Equal(0, await subscriber.TerminateAsync());
        var written = await book.WrittenAsync();
        Assert.Equal(Enumerable.Range(0, Tries).Where(n => n % 10 != 9), written);
        Assert.Equal(written, await book.HandledAsync("billing"));
        Assert.Equal(written, await book.HandledAsync("shipping"));
    }

    /// <summary>Both sides are killed while they work and started again: at least once, and nothing that was rolled back.</summary>
    [Fact]
    public async Task Whatever_is_killed_every_committed_entry_is_handled_in_the_end()
    {
        var book = await Book.CreateAsync();
        var (a, b) = (book.Name + "_a", book.Name + "_b");
        var subscriber = await AppProcess.StartAsync(book.Plan("subscribe", b));
        await book.SubscribedAsync();
        var publisher = await AppProcess.StartAsync(book.Plan("publish", a, 5_000));
        try
        {
            await book.HandledAllAsync(500);
            await publisher.KillAsync();
            await subscriber.KillAsync();
            // Comes back with nothing new to publish: it only ships what is left.
            await publisher.DisposeAsync();
            await subscriber.DisposeAsync();
            publisher = await AppProcess.StartAsync(book.Plan("publish", a));
            subscriber = await AppProcess.StartAsync(book.Plan("subscribe", b));
            var written = await book.WrittenAsync();
            await book.HandledAllAsync(written.Count);
            Assert.Equal(written, (await book.HandledAsync("billing")).Distinct());
            Assert.Equal(written, (await book.HandledAsync("shipping")).Distinct());
            Assert.DoesNotContain(written, n => n % 10 == 9);
        }
        finally
        {
            await publisher.DisposeAsync();
            await subscriber.DisposeAsync();
        }
    }
}
