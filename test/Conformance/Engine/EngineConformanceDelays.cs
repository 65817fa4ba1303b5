using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task A_delayed_message_can_be_cancelled()
    {
        var node = await StartAsync();
        // Stopped meanwhile, or on a busy machine it could be sent before it is cancelled.
        await node.Bootstrapper.StopAsync(Stop);
        // Due first, so that the marker behind it shows that its time has passed.
        var soon = TimeSpan.FromSeconds(1);
        var id = await node.Publisher.PublishAsync("topic.x.end", "cancelled", new PublishOptions { Delay = soon }, Stop);
        await node.Publisher.PublishDelayAsync(soon * 1.5, "topic.x.end", "marker", cancellationToken: Stop);
        var row = (await node.Storage.FindAsync(new() { Type = MessageType.Publish, MessageId = id }, Stop)).Single();
        Assert.Equal(1, await node.Storage.ActAsync(new(MessageType.Publish, MessageActionKind.Delete, [row.Id], "tester"), Stop));
        await node.Bootstrapper.BootstrapAsync(Stop);
        await Script.EndedAsync("pattern");
        await node.SettledAsync();
        Assert.Equal(["marker"], Script.Begun.Select(c => c.Value));
    }

    [Fact]
    public async Task Overdue_messages_are_sent_by_one_node_only()
    {
        if (!CanShare)
            return;
        var first = await StartAsync(build: Observe);
        await first.Bootstrapper.StopAsync(Stop);
        for (var i = 0; i < 100; i++)
            await first.Publisher.PublishDelayAsync(TimeSpan.FromMilliseconds(1), "topic.x.end", $"{i}", cancellationToken: Stop);
        await Task.WhenAll(first.Bootstrapper.BootstrapAsync(Stop), StartAsync(build: Observe), StartAsync(build: Observe));
        await Script.EndedAsync("pattern", 100);
        await first.SettledAsync();
        // Duplicates on the wire would be dropped by the inbox, so it is the sending that is counted: by rows, in all nodes.
        Assert.Equal(100, Script.Begun.Count);
        // A node counts them a moment after everybody can see it.
        await Eventually.BecomesTrueAsync(() => SentRows() >= 100);
        Assert.Equal(100, SentRows());

        int SentRows() => _nodes.Sum(n => ((ObservedStorage)n.Storage).SettledInOutbox);
    }

    [Fact]
    public async Task A_given_up_message_that_goes_is_named_in_the_log()
    {
        var node = await StartAsync(cap =>
            (cap.FailedRetryCount, cap.FailedMessageExpiredAfter, cap.CollectorCleaningInterval) = (1, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1))
        );
        Script.On("pattern", _ => throw new InvalidOperationException("no"));
        var id = await node.Publisher.PublishAsync("topic.x.end", "v", new PublishOptions(), Stop);
        await Eventually.BecomesTrueAsync(() =>
            Logs.Warnings.Any(w => w.Contains("it is deleted", StringComparison.Ordinal) && w.Contains(id, StringComparison.Ordinal) && w.Contains("'topic.x.end'", StringComparison.Ordinal))
        );
        Assert.Empty(await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Status = StatusName.Failed }, Stop));
    }
}
