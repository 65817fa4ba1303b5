using System.Globalization;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>The application's row and its messages in one transaction, as a user writes it.</summary>
internal sealed class CapWriter(NpgsqlConnection connection, MeasurePlan plan, ICapPublisher publisher) : IWriter
{
    private readonly NpgsqlCommand _row = ApplicationTable.Insert(connection, plan.Name);

    public async Task WriteAsync(IReadOnlyList<Work> messages)
    {
        await using var transaction = await connection.BeginTransactionAsync(publisher);
        _row.Transaction = (NpgsqlTransaction?)transaction.DbTransaction;
        await _row.ExecuteNonQueryAsync();
        if (messages.Count == 1 && plan.Keys == 0)
            await publisher.PublishAsync("work.done", messages[0]);
        else
            await publisher.PublishAsync(messages.Select(m => new OutgoingMessage("work.done", m, OptionsOf(m))));
        await transaction.CommitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _row.DisposeAsync();
        await connection.DisposeAsync();
    }

    private PublishOptions? OptionsOf(Work message) =>
        plan.Keys == 0 ? null : new() { Key = (message.Number % plan.Keys).ToString(CultureInfo.InvariantCulture) };
}
