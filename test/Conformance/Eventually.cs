using System.Diagnostics;

namespace Cap.Conformance;

/// <summary>Waits, bounded, for what another thread, process or clock will do. The only place where a test polls.</summary>
public static class Eventually
{
    /// <summary>Generous: reached only by a failing test, also on a loaded machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Asks until the answer will do, and returns it.</summary>
    /// <exception cref="TimeoutException">It never would; names the last answer.</exception>
    public static async Task<T> GetAsync<T>(Func<Task<T>> get, Func<T, bool> until, TimeSpan? within = null)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var answer = await get();
            if (until(answer))
                return answer;
            if (watch.Elapsed > (within ?? Patience))
                throw new TimeoutException($"Not within {within ?? Patience}. Last answer: {answer}");
            await Task.Delay(10);
        }
    }

    /// <summary>Asks until the answer is true.</summary>
    public static Task BecomesTrueAsync(Func<Task<bool>> ask, TimeSpan? within = null) => GetAsync(ask, yes => yes, within);

    /// <summary>Asks until the answer is true.</summary>
    public static Task BecomesTrueAsync(Func<bool> ask, TimeSpan? within = null) => BecomesTrueAsync(() => Task.FromResult(ask()), within);

    /// <summary>Gives another thread a fair chance to do what it must not. Fails as soon as the answer is false.</summary>
    public static async Task StaysTrueAsync(Func<bool> ask, TimeSpan? during = null)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < (during ?? TimeSpan.FromMilliseconds(200)))
        {
            Assert.True(ask());
            await Task.Delay(10);
        }
    }

    /// <summary>Watches for half a second that something does not happen. A machine that is slow makes this pass, never fail.</summary>
    public static Task StaysAsync(Func<bool> holds) => StaysAsync(() => Task.FromResult(holds()));

    /// <summary>Watches for half a second that something does not happen. A machine that is slow makes this pass, never fail.</summary>
    public static async Task StaysAsync(Func<Task<bool>> holds)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(0.5); await Task.Delay(10))
            Assert.True(await holds(), $"No longer so after {watch.Elapsed}.");
    }
}
