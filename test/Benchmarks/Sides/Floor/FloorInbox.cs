using System.Text.Json;
using System.Threading.Channels;
using Npgsql;
using RabbitMQ.Client;

namespace Cap.Benchmarks;

/// <summary>
/// Takes what the broker delivers in batches of what has gathered: one round trip deletes the due rows of what was handled and stores the
/// next batch, duplicates dropped; then one acknowledgement for all of it. Handlers run while the next batch is stored.
/// </summary>
internal sealed class FloorInbox(MeasurePlan plan, NpgsqlConnection connection, IChannel channel, Action<Work> handle, Action<int> settled)
    : AsyncDefaultBasicConsumer(channel)
{
    public const int Prefetch = 1000;
    public const int Most = 1000;

    private readonly Channel<Item> _items = System.Threading.Channels.Channel.CreateUnbounded<Item>(new() { SingleReader = true, SingleWriter = true });

    public override Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        _items.Writer.TryWrite(new(deliveryTag, properties.MessageId!, body.ToArray()));
        return Task.CompletedTask;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        var done = new NpgsqlParameter<long[]> { TypedValue = [] };
        var (ids, contents) = (new NpgsqlParameter<string[]> { TypedValue = [] }, new NpgsqlParameter<byte[][]> { TypedValue = [] });
        await using var work = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"delete from {plan.Name}.in_due where id = any ($1)") { Parameters = { done } },
                new(
                    $"""
                    with s as (insert into {plan.Name}.in_seen select unnest($1) on conflict do nothing returning message_id),
                    l as (insert into {plan.Name}.in_log (message_id, name, content)
                      select s.message_id, 'work.done', t.content from s join unnest($1, $2) as t (id, content) on t.id = s.message_id returning id)
                    insert into {plan.Name}.in_due (id) select id from l returning id
                    """) { Parameters = { ids, contents } },
            },
        };
        await work.PrepareAsync(stop);
        // Of the batch before the last, which is handled; and of the last, which is being handled.
        var (handled, running, handling) = (Array.Empty<long>(), Array.Empty<long>(), Task.CompletedTask);
        while (true)
        {
            if (handled.Length == 0 && running.Length == 0)
                await _items.Reader.WaitToReadAsync(stop);
            var items = new List<Item>();
            while (items.Count < Most && _items.Reader.TryRead(out var item))
                items.Add(item);
            if (items.Count == 0 && handled.Length == 0)
            {
                await handling;
                (handled, running) = (running, []);
            }

            done.TypedValue = handled;
            (ids.TypedValue, contents.TypedValue) = ([.. items.Select(i => i.MessageId)], [.. items.Select(i => i.Content)]);
            var stored = await StoreAsync(work, stop);
            settled(handled.Length);
            if (items.Count > 0)
                await Channel.BasicAckAsync(items[^1].Tag, multiple: true, stop);
            await handling;
            (handled, running, handling) = (running, stored, Task.Run(() => Handle(items), stop));
        }
    }

    private static async Task<long[]> StoreAsync(NpgsqlBatch work, CancellationToken stop)
    {
        var ids = new List<long>();
        await using var reader = await work.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
            ids.Add(reader.GetInt64(0));
        return [.. ids];
    }

    private void Handle(List<Item> items)
    {
        foreach (var item in items)
            handle(JsonSerializer.Deserialize<Work>(item.Content)!);
    }

    private readonly record struct Item(ulong Tag, string MessageId, byte[] Content);
}
