using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;

namespace Cap.EndToEnd;

/// <summary>What a person has started goes on when the process that ran it is killed.</summary>
public class KilledOperationTests
{
    private const int Count = 60_000;

    /// <summary>Rows that no node works: of a version that none has.</summary>
    private static readonly Lane Foreign = new(MessageType.Publish, "v9");

    [Fact]
    public async Task An_operation_whose_node_is_killed_is_finished_by_another_and_counts_every_message_once()
    {
        var book = await Book.CreateAsync();
        await using var looking = new TestNode(
            cap =>
            {
                cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (book.Postgres, book.Name));
                cap.UseInProcessTransport();
            },
            _ => { }
        );
        await looking.Storage.InitializeAsync(new(16, TimeSpan.FromHours(1)), default);
        foreach (var some in Enumerable.Range(0, Count).Chunk(5_000))
            await looking.Storage.PublishAsync(new(Foreign, [.. some.Select(_ => Sample.Message() with { Delay = TimeSpan.FromHours(1) })], null), default);

        var first = await AppProcess.StartAsync(book.Plan("subscribe", book.Name));
        await using var _ = first;
        var query = new MessageQuery { Type = MessageType.Publish, Status = StatusName.Delayed };
        var id = await looking.Storage.Monitoring.StartAsync(new(MessageActionKind.Cancel, query, "Ann", Count), default);
        await looking.Storage.NotifyAsync([], default);
        await Eventually.GetAsync(FindAsync, operation => operation.Changed > 0);
        await first.KillAsync();
        var interrupted = await FindAsync();
        Assert.Equal(OperationState.Running, interrupted.State);
        Assert.InRange(interrupted.Changed, 1, Count - 1);

        await using var second = await AppProcess.StartAsync(book.Plan("subscribe", book.Name));
        var done = await Eventually.GetAsync(FindAsync, operation => operation.State != OperationState.Running, TimeSpan.FromMinutes(3));
        Assert.Equal((OperationState.Done, Count), (done.State, done.Changed));
        Assert.Equal(0, (await looking.Storage.CountAsync(MessageType.Publish, default)).Delayed);
        var entry = (await looking.Storage.Monitoring.FindAuditAsync(new() { Limit = 1 }, default))[0];
        Assert.Equal(("Ann", "finish", Count), (entry.By, entry.What, entry.Changed));

        async Task<Operation> FindAsync() => (await looking.Storage.Monitoring.GetOperationsAsync(id, 1, default))[0];
    }
}
