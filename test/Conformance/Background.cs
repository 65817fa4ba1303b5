namespace Cap.Conformance;

/// <summary>A loop that runs beside the test until this is disposed; what it throws is thrown then.</summary>
public sealed class Background : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public Background(Func<CancellationToken, Task> run) => _running = run(_stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
