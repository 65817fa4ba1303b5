namespace Cap.Benchmarks;

/// <summary>Sixteen writers that write as fast as they can.</summary>
internal sealed class Load(IReadOnlyList<IWriter> writers, int perTransaction) : IAsyncDisposable
{
    private const int Writers = 16;
    private long _next;

    public static async Task<Load> OpenAsync(ISide side, int perTransaction)
    {
        var writers = new List<IWriter>();
        while (writers.Count < Writers)
            writers.Add(await side.OpenWriterAsync());
        return new(writers, perTransaction);
    }

    /// <summary>Writes so many messages. Returns how many were written in all.</summary>
    public async Task<long> WriteAsync(int count)
    {
        var end = Interlocked.Read(ref _next) + count;
        await Task.WhenAll(writers.Select(writer => Task.Run(() => WriteAsync(writer, end))));
        Interlocked.Exchange(ref _next, end);
        return end;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var writer in writers)
            await writer.DisposeAsync();
    }

    private async Task WriteAsync(IWriter writer, long end)
    {
        while (true)
        {
            var first = Interlocked.Add(ref _next, perTransaction) - perTransaction;
            if (first >= end)
                return;
            var count = (int)Math.Min(perTransaction, end - first);
            await writer.WriteAsync([.. Enumerable.Range(0, count).Select(i => Work.Of(first + i))]);
        }
    }
}
