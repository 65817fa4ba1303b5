using System.Diagnostics;
using Cap.Conformance;
using Dapper;
using Npgsql;
using Xunit.Abstractions;

namespace Cap.EndToEnd;

/// <summary>What becomes of the work of a process that is killed, when others share its tables.</summary>
public class KilledNodeTests(ITestOutputHelper output)
{
    /// <summary>As the end-to-end application sets it.</summary>
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task A_killed_nodes_work_moves_within_its_lease_time()
    {
        var book = await Book.CreateAsync();
        await using var first = await AppProcess.StartAsync(book.Plan("subscribe", book.Name));
        await using var second = await AppProcess.StartAsync(book.Plan("subscribe", book.Name));
        await book.SubscribedAsync();
        // Both groups and the outbox, shared by two.
        await Eventually.BecomesTrueAsync(async () => await LeasesAsync(book) is [24, 24]);

        await first.KillAsync();
        var watch = Stopwatch.StartNew();
        await Eventually.BecomesTrueAsync(async () => await LeasesAsync(book) is [48]);
        var moved = watch.Elapsed;
        await using var publisher = new TestNode(
            cap =>
            {
                cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (book.Postgres, book.Name));
                cap.UseRabbitMQ(o => (o.Uri, o.ExchangeName) = (new Uri(book.Rabbit), book.Name));
            },
            _ => { }
        );
        await publisher.Storage.InitializeAsync(new(16, TimeSpan.FromHours(1)), default);
        // Spread over every shard; this node works none of them.
        await publisher.Publisher.PublishAsync(Enumerable.Range(0, 200).Select(i => new OutgoingMessage("entry.written", i, new() { Key = $"{i}" })));
        await book.HandledAllAsync(200);
        output.WriteLine($"All shards had moved {moved.TotalSeconds:0.0} s after the kill, with leases of {LeaseTime.TotalSeconds} s");
        // The lease ends at most a lease time after the kill; the rest is the machine's.
        Assert.InRange(moved, TimeSpan.Zero, LeaseTime + TimeSpan.FromSeconds(8));
    }

    /// <summary>How many shards each node has, fewest first.</summary>
    private static async Task<long[]> LeasesAsync(Book book)
    {
        await using var connection = new NpgsqlConnection(book.Postgres);
        var counts = await connection.QueryAsync<long>($"""select count(*) from {book.Name}.lease where "Node" is not null group by "Node" order by 1""");
        return [.. counts];
    }
}
