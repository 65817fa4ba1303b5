namespace Cap.Benchmarks;

/// <summary>One writer of the application. Not thread-safe.</summary>
internal interface IWriter : IAsyncDisposable
{
    /// <summary>One transaction: a row of the application's own and these messages.</summary>
    Task WriteAsync(IReadOnlyList<Work> messages);
}
