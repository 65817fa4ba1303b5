using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cap.Conformance;

/// <summary>
/// The promises of Cap as an application sees them, over whatever storage and transport it runs on. An inheritor names both; each test
/// has tables and queues of its own, and may run several nodes on them.
/// </summary>
public abstract partial class EngineConformance : IAsyncLifetime
{
    private readonly List<TestNode> _nodes = [];
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromMinutes(2));

    /// <summary>Whether several nodes can share the tables and the broker.</summary>
    protected virtual bool CanShare => true;

    /// <summary>Whether the storage has ADO.NET transactions.</summary>
    protected virtual bool HasDbTransactions => true;

    /// <summary>What happened in this test, over all its nodes.</summary>
    private Script Script { get; } = new();

    /// <summary>What its nodes logged.</summary>
    private LogEntries Logs { get; } = new();

    private CancellationToken Stop => _limit.Token;

    /// <inheritdoc/>
    public virtual Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        Script.ReleaseAll();
        foreach (var node in _nodes)
            await node.DisposeAsync();
        _limit.Dispose();
    }

    /// <summary>Chooses storage and transport, with names no other test has; the same for every node of the test.</summary>
    protected abstract void Use(CapOptions cap);

    private async Task<TestNode> StartAsync(Action<CapOptions>? configure = null, Action<CapBuilder>? build = null)
    {
        var node = Build(configure, build);
        await node.StartAsync(Stop);
        return node;
    }

    private TestNode Build(Action<CapOptions>? configure = null, Action<CapBuilder>? build = null)
    {
        var node = new TestNode(
            cap =>
            {
                Use(cap);
                cap.FailedRetryInterval = TimeSpan.FromMilliseconds(50);
                cap.ShutdownTime = TimeSpan.FromSeconds(5);
                cap.PollingInterval = TimeSpan.FromMilliseconds(200);
                configure?.Invoke(cap);
            },
            builder =>
            {
                builder.Services.AddSingleton(Script).AddTransient<ScriptedHandlers>().AddLogging(logs => logs.AddProvider(Logs));
                build?.Invoke(builder);
            }
        );
        _nodes.Add(node);
        return node;
    }
}
