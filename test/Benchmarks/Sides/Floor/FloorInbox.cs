using System.Threading.Channels;
using Npgsql;
using RabbitMQ.Client;

namespace Cap.Benchmarks;

/// <summary>
/// Takes what the broker delivers in batches of what has gathered: one round trip deletes the due rows of what was handled and stores the
/// next batch, duplicates dropped; then one acknowledgement for all of it. Handlers run while the next batch is stored.
/// </summary>
internal sealed class FloorInbox(MeasurePlan plan, NpgsqlConnection connection, IChannel channel, IFloorHandling handling, Action<int> settled)
    : AsyncDefaultBasicConsumer(channel)
{
    private const int Prefetch = 1000;
    private const int Most = 1000;

    private readonly Channel<FloorItem> _items = System.Threading.Channels.Channel.CreateUnbounded<FloorItem>(new() { SingleReader = true, SingleWriter = true });

    /// <summary>How many deliveries may be on their way: of bundles fewer, with twice as many messages.</summary>
    public static ushort PrefetchOf(MeasurePlan plan) => (ushort)(plan.Bundle > 1 ? 2 * Prefetch / plan.Bundle : Prefetch);

    public override Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        var own = body.ToArray();
        if (plan.Bundle > 1)
        {
            foreach (var item in FloorBundle.Unpack(deliveryTag, own))
                _items.Writer.TryWrite(item);
        }
        else
        {
            _items.Writer.TryWrite(new(deliveryTag, properties.MessageId!, own));
        }
        return Task.CompletedTask;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        await using var work = new FloorStore(plan, connection);
        await work.PrepareAsync(stop);
        // Of the batch before the last, which is handled; and of the last, which is being handled.
        var (handled, running, handles) = (Array.Empty<long>(), Array.Empty<long>(), Task.CompletedTask);
        var acknowledged = 0UL;
        while (true)
        {
            if (handled.Length == 0 && running.Length == 0)
                await _items.Reader.WaitToReadAsync(stop);
            var items = new List<FloorItem>();
            while (items.Count < Most && _items.Reader.TryRead(out var item))
                items.Add(item);
            if (items.Count == 0 && handled.Length == 0)
            {
                await handles;
                (handled, running) = (running, []);
            }

            var stored = await work.RunAsync(handled, items, stop);
            settled(handled.Length);
            await handles;
            handles = Task.Run(() => handling.Handle(items, stored), stop);
            (handled, running) = (running, handling.IsSettledByInbox ? [.. stored.Select(row => row.Id)] : []);
            // A batch may end, and may have begun, within a delivery; a tag must not be acknowledged twice.
            if (items.Count > 0 && items[^1].Stored > acknowledged)
                await Channel.BasicAckAsync(acknowledged = items[^1].Stored, multiple: true, stop);
        }
    }
}
