using Npgsql;

namespace Cap.Benchmarks;

/// <summary>One round trip and one transaction of the inbox: deletes due rows, and stores a batch with its duplicates dropped.</summary>
internal sealed class FloorStore : IAsyncDisposable
{
    private readonly NpgsqlParameter<long[]> _done = new() { TypedValue = [] };
    private readonly NpgsqlParameter<string[]> _ids = new() { TypedValue = [] };
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _contents = new() { TypedValue = [] };
    private readonly NpgsqlBatch _batch;

    public FloorStore(MeasurePlan plan, NpgsqlConnection connection)
    {
        var n = plan.Name;
        _batch = new(connection)
        {
            BatchCommands =
            {
                new($"delete from {n}.in_due where id = any ($1)") { Parameters = { _done } },
                new(
                    $"""
                    with s as (insert into {n}.in_seen select unnest($1) on conflict do nothing returning message_id),
                    t as materialized (
                      select nextval('{n}.in_id') as id, message_id, content, place
                      from s join unnest($1, $2) with ordinality as u (message_id, content, place) using (message_id)),
                    l as (insert into {n}.in_log (id, message_id, name, content) select id, message_id, 'work.done', content from t),
                    d as (insert into {n}.in_due (id) select id from t)
                    select id, place from t
                    """) { Parameters = { _ids, _contents } },
            },
        };
    }

    public Task PrepareAsync(CancellationToken stop) => _batch.PrepareAsync(stop);

    public async Task<List<FloorStored>> RunAsync(long[] done, List<FloorItem> items, CancellationToken stop)
    {
        _done.TypedValue = done;
        (_ids.TypedValue, _contents.TypedValue) = ([.. items.Select(i => i.MessageId)], [.. items.Select(i => i.Content)]);
        var stored = new List<FloorStored>(items.Count);
        await using var reader = await _batch.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
            stored.Add(new(reader.GetInt64(0), (int)reader.GetInt64(1) - 1));
        return stored;
    }

    public ValueTask DisposeAsync() => _batch.DisposeAsync();
}
