using System.Text.Json;
using System.Threading.Channels;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>A handler with an insert, as many at once as Cap's default: for each message one transaction of one statement, in one round trip.</summary>
internal sealed class FloorEffects(MeasurePlan plan, Handled handled, Action<int> settled) : IFloorHandling
{
    public const int Workers = 16;

    private readonly Channel<(long Due, ReadOnlyMemory<byte> Content)> _waiting = Channel.CreateUnbounded<(long, ReadOnlyMemory<byte>)>();

    public bool IsSettledByInbox => false;

    public void Handle(IReadOnlyList<FloorItem> items, IReadOnlyList<FloorStored> stored)
    {
        foreach (var row in stored)
            _waiting.Writer.TryWrite((row.Id, items[row.Place].Content));
    }

    public async Task RunAsync(CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync(stop);
        var (due, number) = (new NpgsqlParameter<long>(), new NpgsqlParameter<long>());
        await using var effect = ApplicationTable.EffectOfDue(connection, plan.Name, due, number);
        await effect.PrepareAsync(stop);
        await foreach (var (id, content) in _waiting.Reader.ReadAllAsync(stop))
        {
            var work = JsonSerializer.Deserialize<Work>(content.Span)!;
            (due.TypedValue, number.TypedValue) = (id, work.Number);
            if (await effect.ExecuteNonQueryAsync(stop) != 1)
                throw new InvalidOperationException($"The due row {id} was gone before its message was handled.");
            handled.Add(work);
            settled(1);
        }
    }
}
