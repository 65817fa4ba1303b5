using Dapper;
using Microsoft.Data.Sqlite;

namespace Cap.Benchmarks;

/// <summary>The application's row and its messages in one transaction. SQLite lets one writer work at a time; the others wait.</summary>
internal sealed class SqliteWriter(SqliteConnection connection, MeasurePlan plan, ICapPublisher publisher) : IWriter
{
    private static readonly string Text = new('o', 100);

    public async Task WriteAsync(IReadOnlyList<Work> messages)
    {
        await using var transaction = await connection.BeginTransactionAsync(publisher);
        await connection.ExecuteAsync("insert into orders (text) values (@Text)", new { Text }, transaction.DbTransaction);
        if (plan.PerTransaction == 1)
            await publisher.PublishAsync("work.done", messages[0]);
        else
            await publisher.PublishAsync(messages.Select(m => new OutgoingMessage("work.done", m)));
        await transaction.CommitAsync();
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
