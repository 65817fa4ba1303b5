using System.Text.Json;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>The application's row and its messages in one transaction: plain inserts into the log, and into the due table if the scenario says so.</summary>
internal sealed class FloorWriter : IWriter
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _row;
    private readonly NpgsqlCommand _messages;
    private readonly NpgsqlParameter<string[]> _ids = new();
    private readonly NpgsqlParameter<byte[][]> _contents = new();
    private readonly Action _written;

    private FloorWriter(NpgsqlConnection connection, MeasurePlan plan, Action written)
    {
        var schema = plan.Name;
        (_connection, _written) = (connection, written);
        _row = ApplicationTable.Insert(connection, schema);
        var insert = $"insert into {schema}.out_log (message_id, name, content) select id, 'work.done', content from unnest($1, $2) as t (id, content)";
        _messages = new(plan.FloorWritesDue ? $"with l as ({insert} returning id) insert into {schema}.out_due (shard, id) select id % {FloorRelay.Lanes}, id from l" : insert, connection);
        _messages.Parameters.AddRange(new NpgsqlParameter[] { _ids, _contents });
    }

    public static async Task<IWriter> OpenAsync(MeasurePlan plan, Action written)
    {
        var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync();
        var writer = new FloorWriter(connection, plan, written);
        (writer._ids.TypedValue, writer._contents.TypedValue) = ([""], [[]]);
        await writer._messages.PrepareAsync();
        return writer;
    }

    public async Task WriteAsync(IReadOnlyList<Work> messages)
    {
        await using var transaction = await _connection.BeginTransactionAsync();
        await _row.ExecuteNonQueryAsync();
        _ids.TypedValue = [.. messages.Select(m => $"{m.Number:x24}")];
        _contents.TypedValue = [.. messages.Select(m => JsonSerializer.SerializeToUtf8Bytes(m))];
        await _messages.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        _written();
    }

    public async ValueTask DisposeAsync()
    {
        await _row.DisposeAsync();
        await _messages.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
