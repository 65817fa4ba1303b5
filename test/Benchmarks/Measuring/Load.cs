using System.Diagnostics;

namespace Cap.Benchmarks;

/// <summary>Sixteen writers of one application.</summary>
internal sealed class Load(IReadOnlyList<IWriter> writers, int perTransaction) : IAsyncDisposable
{
    private const int Writers = 16;
    private long _next;

    /// <summary>How many messages were written, or are about to be.</summary>
    public long Written => Interlocked.Read(ref _next);

    public static async Task<Load> OpenAsync(ISide side, int perTransaction)
    {
        var writers = new List<IWriter>();
        while (writers.Count < Writers)
            writers.Add(await side.OpenWriterAsync());
        return new(writers, perTransaction);
    }

    /// <summary>Writes so many messages as fast as they can. Returns how many were written in all.</summary>
    public async Task<long> WriteAsync(int count)
    {
        var end = Written + count;
        await AllAsync(async writer =>
        {
            while (true)
            {
                var first = Interlocked.Add(ref _next, perTransaction) - perTransaction;
                if (first >= end)
                    return;
                await WriteAsync(writer, first, (int)Math.Min(perTransaction, end - first));
            }
        });
        Interlocked.Exchange(ref _next, end);
        return end;
    }

    /// <summary>Writes as fast as they can until the stop, but waits while it must.</summary>
    public Task WriteAsync(Func<bool> mustWait, CancellationToken stop) =>
        AllAsync(async writer =>
        {
            while (!stop.IsCancellationRequested)
            {
                if (mustWait())
                    await Task.Delay(2, CancellationToken.None);
                else
                    await WriteAsync(writer, Interlocked.Add(ref _next, perTransaction) - perTransaction, perTransaction);
            }
        });

    /// <summary>
    /// Writes so many messages, each in a transaction of its own, at times that are fixed beforehand: a slow one makes none of the others late.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <param name="rate">How many a second.</param>
    /// <param name="committed">Called with the number of a message as soon as its transaction has ended.</param>
    public async Task<long> WriteAsync(int count, int rate, Action<long> committed)
    {
        var (begin, clock) = (Written, Stopwatch.StartNew());
        await AllAsync(async writer =>
        {
            while (Interlocked.Increment(ref _next) - 1 is var number && number < begin + count)
            {
                var early = TimeSpan.FromSeconds((double)(number - begin) / rate) - clock.Elapsed;
                if (early > TimeSpan.Zero)
                    await Task.Delay(early);
                await WriteAsync(writer, number, 1);
                committed(number);
            }
        });
        Interlocked.Exchange(ref _next, begin + count);
        return begin + count;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var writer in writers)
            await writer.DisposeAsync();
    }

    private Task AllAsync(Func<IWriter, Task> run) => Task.WhenAll(writers.Select(writer => Task.Run(() => run(writer))));

    private static Task WriteAsync(IWriter writer, long first, int count) =>
        writer.WriteAsync([.. Enumerable.Range(0, count).Select(i => Work.Of(first + i))]);
}
