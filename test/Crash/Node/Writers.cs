using System.Data.Common;
using Cap.Crash.History;

namespace Cap.Crash.Node;

/// <summary>
/// Writes notes and publishes each in the same transaction, until it is to be quiet; some at least, or a run on a busy machine, whose processes
/// are hardly up before the trouble is over, would have nothing to judge. Some transactions are rolled back.
/// </summary>
internal sealed class Writers(NodePlan plan, Books books, Journal journal, CrashPoints points, ICapPublisher publisher)
{
    private const int LeastOfWriter = 8;

    private long _next = plan.FirstNote;

    /// <param name="quiet">Nothing more is to be written.</param>
    /// <param name="stop">The process ends.</param>
    public Task RunAsync(CancellationToken quiet, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, plan.WriterCount).Select(i => WriteAsync(new Random(unchecked(plan.Seed + (i * 31))), quiet, stop)));

    private async Task WriteAsync(Random random, CancellationToken quiet, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(quiet, stop);
        var written = 0;
        var pause = TimeSpan.FromSeconds((double)plan.WriterCount / plan.Rate);
        while (!stop.IsCancellationRequested && (written < LeastOfWriter || !quiet.IsCancellationRequested))
        {
            try
            {
                await using var connection = await books.OpenAsync();
                while (true)
                {
                    await Task.Delay(pause * (0.5 + random.NextDouble()), written < LeastOfWriter ? stop : end.Token);
                    await WriteOneAsync(connection, random);
                    written++;
                }
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The database is in trouble; whether the transaction was committed is for the checker to find out.
                Console.WriteLine($"WRITER {e.GetType().Name}: {e.Message}");
                await Task.Delay(200, CancellationToken.None);
            }
        }
    }

    private async Task WriteOneAsync(DbConnection connection, Random random)
    {
        await using var transaction = await connection.BeginTransactionAsync(publisher);
        var count = random.Next(5) == 0 ? random.Next(2, 20) : 1;
        var key = random.Next(2) == 0 ? $"key{random.Next(plan.KeyCount)}" : null;
        var last = key is null ? 0 : await books.TakePlacesAsync(transaction.DbTransaction!, key, count);
        var notes = Enumerable
            .Range(0, count)
            .Select(i => new Note(Interlocked.Increment(ref _next), key, key is null ? 0 : last - count + 1 + i))
            .ToList();
        await books.WriteAsync(transaction.DbTransaction!, notes);
        var delay = key is null && random.Next(20) == 0 ? TimeSpan.FromMilliseconds(random.Next(500)) : (TimeSpan?)null;
        await publisher.PublishAsync(notes.Select(n => new OutgoingMessage("note.written", n, new() { Key = key, Delay = delay })));
        // Some stay open for long after they have published, while others that began later commit.
        if (random.Next(30) == 0)
            await Task.Delay(random.Next(4000), CancellationToken.None);
        if (random.Next(10) == 0)
        {
            Note(EventKind.RolledBack, notes);
            await transaction.RollbackAsync();
            return;
        }
        Note(EventKind.Intent, notes);
        points.Pass("commit.before");
        await transaction.CommitAsync();
        points.Pass("commit.after");
        Note(EventKind.Committed, notes);
    }

    private void Note(EventKind kind, List<Note> notes)
    {
        foreach (var note in notes)
            journal.Note(kind, note);
    }
}
