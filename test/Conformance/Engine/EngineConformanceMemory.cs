using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task A_worker_holds_no_more_rows_than_it_may()
    {
        var node = await StartAsync(cap => (cap.SchedulerBatchSize, cap.ConsumerThreadCount) = (20, 2), Observe);
        var gate = new TaskCompletionSource();
        Script.On("pattern", _ => gate.Task);
        await node.Publisher.PublishAsync(Enumerable.Range(0, 500).Select(i => new OutgoingMessage("topic.x.end", $"{i}")), Stop);
        await Eventually.BecomesTrueAsync(async () => await StoredAsync(node) == 500);
        gate.SetResult();
        await Script.EndedAsync("pattern", 500);
        await node.SettledAsync();
        // A backlog of 500, of which a worker with batches of 20 holds 20, and one fetch of a row per shard above it at most.
        Assert.InRange(((ObservedStorage)node.Storage).MostHeld, 1, 36);
        Assert.Equal(500, Script.Begun.Count);
    }

    /// <summary>What was just stored goes straight to the handlers; a poll may have found, run and settled it by then.</summary>
    [Fact]
    public async Task A_row_that_a_poll_was_faster_with_is_not_run_again()
    {
        var node = await StartAsync(build: Observe);
        ((ObservedStorage)node.Storage).AfterReceive = async () =>
        {
            await Eventually.BecomesTrueAsync(async () =>
                (await node.Storage.FindAsync(new() { Type = Messages.MessageType.Subscribe, Name = "topic.x.end", Status = Messages.StatusName.Succeeded }, Stop)).Count == 1
            );
        };
        await node.Publisher.PublishAsync("topic.x.end", "v", cancellationToken: Stop);
        await Script.EndedAsync("pattern");
        ((ObservedStorage)node.Storage).AfterReceive = () => Task.CompletedTask;
        await node.Publisher.PublishAsync("topic.x.end", "w", cancellationToken: Stop);
        await Script.EndedAsync("pattern", 2);
        await node.SettledAsync();
        Assert.Equal(["v", "w"], Script.Begun.Select(c => c.Value));
    }

    private static void Observe(CapBuilder builder)
    {
        var real = builder.Services.Last(s => s.ServiceType == typeof(IStorage));
        builder.Services.RemoveAll<IStorage>();
        builder.Services.AddSingleton<IStorage>(services => new ObservedStorage(
            (IStorage)(
                real.ImplementationFactory?.Invoke(services)
                ?? real.ImplementationInstance
                ?? ActivatorUtilities.CreateInstance(services, real.ImplementationType!)
            )
        ));
    }
}
