using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task A_worker_holds_no_more_rows_than_it_may()
    {
        CountingStorage? counting = null;
        var node = await StartAsync(
            cap => (cap.SchedulerBatchSize, cap.ConsumerThreadCount) = (20, 2),
            builder =>
            {
                var real = builder.Services.Last(s => s.ServiceType == typeof(IStorage));
                builder.Services.RemoveAll<IStorage>();
                builder.Services.AddSingleton<IStorage>(services =>
                    counting = new((IStorage)(real.ImplementationFactory?.Invoke(services) ?? real.ImplementationInstance
                        ?? ActivatorUtilities.CreateInstance(services, real.ImplementationType!)))
                );
            }
        );
        var gate = new TaskCompletionSource();
        Script.On("pattern", _ => gate.Task);
        await node.Publisher.PublishAsync(Enumerable.Range(0, 500).Select(i => new OutgoingMessage("topic.x.end", $"{i}")), Stop);
        await Eventually.BecomesTrueAsync(async () => await StoredAsync(node) == 500);
        gate.SetResult();
        await Script.EndedAsync("pattern", 500);
        await node.SettledAsync();
        // A backlog of 500, of which a worker with batches of 20 holds 20, and one fetch of a row per shard above it at most.
        Assert.InRange(counting!.MostHeld, 1, 36);
        Assert.Equal(500, Script.Begun.Count);
    }
}
