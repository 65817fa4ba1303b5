using System.Diagnostics;
using Npgsql;

namespace Cap.Endurance;

/// <summary>Publishes in transactions of the application's own, at the planned rate or as fast as what is unhandled allows.</summary>
internal sealed class Load(NodePlan plan, ICapPublisher publisher, Counts counts)
{
    private readonly string _text = new('x', plan.Bytes);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _next;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, plan.Writers).Select(_ => Task.Run(() => WriteAsync(stop), stop)));

    private async Task WriteAsync(CancellationToken stop)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.OpenAsync(stop);
        while (true)
        {
            while (MustWait())
                await Task.Delay(5, stop);
            var first = Interlocked.Add(ref _next, plan.Batch) - plan.Batch;
            if (plan.Count > 0 && first >= plan.Count)
                return;
            await using var transaction = await connection.BeginTransactionAsync(publisher, cancellationToken: stop);
            await publisher.PublishAsync(Enumerable.Range(0, plan.Batch).Select(i => Message(first + i)), stop);
            await transaction.CommitAsync(stop);
            counts.Published(plan.Batch);
        }
    }

    private bool MustWait() =>
        (plan.Rate > 0 && Interlocked.Read(ref _next) > plan.Rate * _clock.Elapsed.TotalSeconds)
        || (plan.Outstanding > 0 && counts.PublishedCount - counts.HandledCount > plan.Outstanding);

    private OutgoingMessage Message(long number) =>
        new("work.done", new Work(number, _text), plan.Keys > 0 ? new() { Key = $"{number % plan.Keys}" } : null);
}
