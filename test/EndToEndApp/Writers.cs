using Dapper;
using Npgsql;

namespace Cap.EndToEndApp;

/// <summary>Writes numbered entries and publishes each in the same transaction. Every tenth is rolled back.</summary>
internal sealed class Writers(Plan plan, ICapPublisher publisher)
{
    private int _next = plan.First;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, plan.WriterCount).Select(_ => WriteAsync(stop)));

    private async Task WriteAsync(CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync(stop);
        for (var number = Next(); number < plan.First + plan.Count; number = Next())
        {
            await using var transaction = await connection.BeginTransactionAsync(publisher, cancellationToken: stop);
            await connection.ExecuteAsync($"insert into {plan.Book}.written values (@number)", new { number }, transaction.DbTransaction);
            await publisher.PublishAsync("entry.written", number, cancellationToken: stop);
            if (number % 10 == 9)
                await transaction.RollbackAsync(stop);
            else
                await transaction.CommitAsync(stop);
            if (plan.Pause > TimeSpan.Zero)
                await Task.Delay(plan.Pause, stop);
        }
    }

    private int Next() => Interlocked.Increment(ref _next) - 1;
}
