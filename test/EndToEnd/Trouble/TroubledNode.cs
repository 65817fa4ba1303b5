using System.Diagnostics;
using Cap.Conformance;
using Cap.Messages;
using Cap.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit.Abstractions;

namespace Cap.EndToEnd.Trouble;

/// <summary>A node whose servers are in trouble: what it was given, what its handlers did and when, and what it said.</summary>
internal sealed class TroubledNode : IAsyncDisposable
{
    /// <summary>
    /// Promised: within two seconds of the broker's return. Asserted with room for a loaded test machine, where everything takes
    /// several times as long; what was measured is printed.
    /// </summary>
    public static readonly TimeSpan ResumeTime = TimeSpan.FromSeconds(10);

    /// <summary>A statement or two on a loaded machine. A publish that waited for a broker would take longer than this.</summary>
    private static readonly TimeSpan PublishTime = TimeSpan.FromSeconds(5);

    private readonly ITestOutputHelper _output;
    private RabbitMQOptions _broker = null!;
    private readonly TaskCompletionSource<long> _resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isStuck;
    private int _published;

    public TroubledNode(
        string postgres, string rabbit, ITestOutputHelper output, Action<CapOptions>? configure = null, Action<RabbitMQOptions>? broker = null,
        Action<IServiceCollection>? services = null, Action<CapOptions, string>? storage = null)
    {
        _output = output;
        Node = new(
            cap =>
            {
                if (storage is null)
                    cap.UsePostgreSql(o => (o.ConnectionString, o.Schema) = (postgres, Name));
                else
                    storage(cap, Name);
                cap.UseRabbitMQ(o =>
                {
                    (o.Uri, o.ExchangeName) = (new Uri(rabbit), Name);
                    broker?.Invoke(o);
                    _broker = o;
                });
                cap.GroupNamePrefix = Name;
                // A spent try would show as a give-up.
                cap.FailedRetryCount = 1;
                configure?.Invoke(cap);
            },
            builder =>
            {
                builder.Services.AddSingleton(Script).AddTransient<ScriptedHandlers>().AddLogging(logging => logging.AddProvider(Log));
                services?.Invoke(builder.Services);
            });
        Script.On("one", _ =>
        {
            if (Volatile.Read(ref _isStuck))
                _resumed.TrySetResult(Stopwatch.GetTimestamp());
        });
    }

    public string Name { get; } = Names.Unique("trouble");

    /// <summary>The queue of group "one".</summary>
    public string Queue => $"{Name}.one.v1";

    public Script Script { get; } = new();

    public LogLines Log { get; } = new();

    public TestNode Node { get; }

    /// <summary>Starts it and sees one message through.</summary>
    public async Task StartAsync()
    {
        await Node.StartAsync(default);
        await PublishAsync(1);
        await AllHandledAsync();
        await Node.SettledAsync();
        Log.Clear();
    }

    /// <summary>How long the broker may be silent from now on. Not from the start: a busy machine may take longer to declare its queues.</summary>
    public void ConfirmTimeout(TimeSpan time) => _broker.ConfirmTimeout = time;

    /// <summary>Publishes in a transaction of the application, and fails when that takes long.</summary>
    public async Task PublishAsync(int count)
    {
        var watch = Stopwatch.StartNew();
        await PublishAsync(Interlocked.Add(ref _published, count) - count, count);
        Assert.True(watch.Elapsed < PublishTime, $"Publishing took {watch.Elapsed}.");
    }

    /// <summary>
    /// Publishes as an application does whose database may fail: again and again, until it has committed. A commit whose outcome is not
    /// known may have published already, so the messages go out with the same ids again.
    /// </summary>
    public async Task PublishUntilItWorksAsync(int count)
    {
        var first = Interlocked.Add(ref _published, count) - count;
        while (true)
        {
            try
            {
                await PublishAsync(first, count);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidOperationException)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task PublishAsync(int first, int count)
    {
        await using var transaction = await Node.Publisher.BeginTransactionAsync();
        await Node.Publisher.PublishAsync(
            Enumerable.Range(first, count).Select(i => new OutgoingMessage("plain", $"{i}", new() { MessageId = $"{Name}-{i}" })));
        await transaction.CommitAsync();
    }

    /// <summary>Asserts that nothing is handled any more. What is handled next is the first of the waiting messages.</summary>
    public async Task StuckAsync(TimeSpan? during = null)
    {
        var begun = Script.Begun.Count;
        Volatile.Write(ref _isStuck, true);
        await Eventually.StaysTrueAsync(() => Script.Begun.Count == begun, during ?? TimeSpan.FromSeconds(0.5));
    }

    /// <summary>Asserts that the first of the waiting messages is handled soon after this moment, and says how soon.</summary>
    public async Task ResumesAsync(long since)
    {
        await ((Task)_resumed.Task).WaitAsync(Eventually.Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(_resumed.Task.IsCompleted, $"Nothing is handled. The log:\n{string.Join('\n', Log.All)}");
        var took = Stopwatch.GetElapsedTime(since, await _resumed.Task);
        _output.WriteLine($"resumed after {took.TotalMilliseconds:0} ms");
        Assert.True(took < ResumeTime, $"Resumed after {took} only.");
    }

    /// <summary>Waits until both groups have handled everything, and asserts that each did once.</summary>
    public async Task AllHandledAsync()
    {
        var watch = Stopwatch.StartNew();
        foreach (var group in new[] { "one", "two" })
            await Eventually.GetAsync(() => Task.FromResult(Script.Values(group).Distinct().Count()), n => n >= _published, TimeSpan.FromMinutes(1));
        _output.WriteLine($"{_published} messages handled by two groups within {watch.ElapsedMilliseconds} ms more");
    }

    /// <summary>Asserts that everything is done, nothing was handled twice, and no message has paid with a try.</summary>
    public async Task NothingWasSpentAsync()
    {
        await Node.SettledAsync();
        Assert.Equal(_published * 2, Script.Begun.Count);
        foreach (var type in new[] { MessageType.Publish, MessageType.Subscribe })
        {
            var rows = await Node.Storage.FindAsync(new() { Type = type, Limit = 100_000 }, default);
            Assert.All(rows, row => Assert.Equal(0, row.Retries));
        }
        _output.WriteLine(string.Join('\n', Log.All));
    }

    public async ValueTask DisposeAsync()
    {
        Script.ReleaseAll();
        await Node.DisposeAsync();
        Log.Dispose();
    }
}
