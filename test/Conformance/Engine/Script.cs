using System.Collections.Concurrent;

namespace Cap.Conformance;

/// <summary>What handlers are to do in a test, and what they did. Thread-safe.</summary>
public sealed class Script
{
    private readonly ConcurrentDictionary<string, Func<Call, Task>> _acts = new();
    private readonly ConcurrentQueue<Call> _begun = new();
    private readonly ConcurrentQueue<Call> _ended = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private int _mostRunning;

    /// <summary>Every run that began, in order.</summary>
    public IReadOnlyList<Call> Begun => [.. _begun];

    /// <summary>Every run that ended well, in order.</summary>
    public IReadOnlyList<Call> Ended => [.. _ended];

    /// <summary>The most handlers that ran at once.</summary>
    public int MostRunning => _mostRunning;

    /// <summary>Completes when the test ends: what a blocked handler waits for.</summary>
    public Task Released => _released.Task;

    /// <summary>Says what a handler does.</summary>
    public void On(string handler, Func<Call, Task> act) => _acts[handler] = act;

    /// <summary>Says what a handler does.</summary>
    public void On(string handler, Action<Call> act) =>
        On(
            handler,
            call =>
            {
                act(call);
                return Task.CompletedTask;
            }
        );

    /// <summary>Lets blocked handlers go.</summary>
    public void ReleaseAll() => _released.TrySetResult();

    /// <summary>How often a handler began with this value.</summary>
    public int Begins(string handler, string? value) => _begun.Count(c => c.Handler == handler && c.Value == value);

    /// <summary>The values a handler took well, in order.</summary>
    public IReadOnlyList<string?> Values(string handler) => [.. _ended.Where(c => c.Handler == handler).Select(c => c.Value)];

    /// <summary>Waits until a handler has begun this often.</summary>
    public Task BegunAsync(string handler, int count = 1) =>
        Eventually.GetAsync(() => Task.FromResult(_begun.Count(c => c.Handler == handler)), n => n >= count);

    /// <summary>Waits until a handler has ended well this often.</summary>
    public Task EndedAsync(string handler, int count = 1) =>
        Eventually.GetAsync(() => Task.FromResult(_ended.Count(c => c.Handler == handler)), n => n >= count);

    /// <summary>Runs a handler.</summary>
    public async Task RunAsync(Call call)
    {
        _begun.Enqueue(call);
        var running = Interlocked.Increment(ref _running);
        for (var most = _mostRunning; running > most; most = _mostRunning)
            Interlocked.CompareExchange(ref _mostRunning, running, most);
        try
        {
            if (_acts.TryGetValue(call.Handler, out var act))
                await act(call);
            _ended.Enqueue(call);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
