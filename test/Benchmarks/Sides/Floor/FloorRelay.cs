using System.Runtime.InteropServices;
using Npgsql;
using RabbitMQ.Client;

namespace Cap.Benchmarks;

/// <summary>
/// One lane of the outbox: reads up to a thousand due rows, sends them, singly or in bundles, in one window of confirms, deletes them with the next read, in one
/// round trip. Several lanes work beside each other, so that the database works while the broker does.
/// </summary>
internal sealed class FloorRelay(MeasurePlan plan, int lane, NpgsqlConnection connection, IChannel channel, Action<int> settled) : IDisposable
{
    public const int Lanes = 3;
    private const int Most = 1000;

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly FloorConfirms _confirms = new();

    public void Wake()
    {
        lock (_wake)
        {
            if (_wake.CurrentCount == 0)
                _wake.Release();
        }
    }

    public async Task RunAsync(CancellationToken stop)
    {
        channel.BasicAcksAsync += _confirms.AckedAsync;
        var ids = new NpgsqlParameter<long[]> { TypedValue = [] };
        await using var work = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"delete from {plan.Name}.out_due where shard = {lane} and id = any($1)") { Parameters = { ids } },
                new(
                    $"""
                    select l.id, l.message_id, l.content from {plan.Name}.out_log l
                    where l.id = any (array(select d.id from {plan.Name}.out_due d where d.shard = {lane} and d.due_at <= now() order by d.id limit {Most}))
                    order by l.id
                    """),
            },
        };
        await work.PrepareAsync(stop);
        while (true)
        {
            var sent = ids.TypedValue!.Length;
            var rows = await ReadAsync(work, stop);
            settled(sent);
            ids.TypedValue = [.. rows.Select(r => r.Id)];
            if (rows.Count == 0)
                await _wake.WaitAsync(TimeSpan.FromMilliseconds(50), stop);
            else
                await SendAsync(rows, stop);
        }
    }

    public void Dispose() => _wake.Dispose();

    private static async Task<List<FloorRow>> ReadAsync(NpgsqlBatch work, CancellationToken stop)
    {
        var rows = new List<FloorRow>();
        await using var reader = await work.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
            rows.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        return rows;
    }

    private async Task SendAsync(List<FloorRow> rows, CancellationToken stop)
    {
        var confirmed = _confirms.Expect((rows.Count + plan.Bundle - 1) / plan.Bundle);
        for (var i = 0; i < rows.Count; i += plan.Bundle)
        {
            var properties = new BasicProperties { DeliveryMode = DeliveryModes.Persistent, MessageId = rows[i].MessageId };
            await channel.BasicPublishAsync(plan.Name, "work.done", mandatory: false, properties, BodyOf(rows, i), stop);
        }
        await confirmed.WaitAsync(stop);
    }

    private byte[] BodyOf(List<FloorRow> rows, int first) =>
        plan.Bundle == 1
            ? rows[first].Content
            : FloorBundle.Pack(CollectionsMarshal.AsSpan(rows).Slice(first, Math.Min(plan.Bundle, rows.Count - first)));
}
