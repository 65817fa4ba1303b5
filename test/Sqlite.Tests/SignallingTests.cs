using System.Collections.Concurrent;
using Cap.Conformance;
using Cap.Storage;

namespace Cap.Sqlite.Tests;

public sealed class SignallingTests
{
    [Fact]
    public async Task Only_notifications_wake_and_not_every_write()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        var other = await file.StartAsync();
        var heard = new ConcurrentQueue<Lane?>();
        using var stop = new CancellationTokenSource();
        var listen = Task.Run(() => storage.ListenAsync(heard.Enqueue, stop.Token));

        await Eventually.BecomesTrueAsync(async () =>
        {
            for (var i = 0; i < 5; i++)
                await storage.PublishAsync(new(Sample.Inbox with { Type = Messages.MessageType.Publish }, [Sample.Message()], null), default);
            await storage.UpdateLeasesAsync(_ => new(null, [], []), default);
            await other.NotifyAsync([Sample.Outbox], default);
            return !heard.IsEmpty;
        });
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listen);
        Assert.All(heard, lane => Assert.Equal(Sample.Outbox, lane));
    }
}
