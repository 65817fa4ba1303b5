using System.Diagnostics;
using Cap.Conformance;
using Cap.Servers;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace Cap.EndToEnd.Trouble;

/// <summary>
/// What a broker does that is killed, restarted, stands still or has no memory left. Publishing never notices; sending and receiving
/// go on by themselves, no message pays with a try, and the log says it once for each side.
/// </summary>
public sealed class BrokerTroubleTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Backlog = 3000;

    /// <summary>
    /// "Sending stops", and the loss of the sending and of the receiving connection. Starting up, a broker may lose them once more. A node that
    /// starts meanwhile says also which of its two groups cannot subscribe.
    /// </summary>
    private const int LinesOfAnOutage = 8;

    /// <summary>Seconds, beside nothing else.</summary>
    private static readonly TimeSpan BootTime = TimeSpan.FromMinutes(3);

    private readonly RabbitServer _broker = new();
    private string _postgres = "";

    public async Task InitializeAsync()
    {
        _postgres = await TestServers.PostgresAsync();
        await _broker.StartAsync();
    }

    public async Task DisposeAsync() => await _broker.DisposeAsync();

    [Fact]
    public async Task Killed_and_started_again_it_costs_nothing_but_time()
    {
        await using var node = await StartAsync();
        await _broker.SettleAsync();
        await _broker.CrashAsync();
        await node.PublishAsync(Backlog);
        await node.StuckAsync();

        await BackAsync(node);
    }

    [Fact]
    public async Task Restarted_while_messages_flow_it_costs_nothing_but_time()
    {
        await using var node = await StartAsync();
        await _broker.SettleAsync();
        using var enough = new CancellationTokenSource();
        var publishing = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
                await node.PublishAsync(20);
        });
        await node.Script.EndedAsync("one", 200);

        await _broker.StopAsync();
        await enough.CancelAsync();
        await publishing;
        await node.PublishAsync(Backlog);
        await node.StuckAsync();
        await BackAsync(node);
    }

    [Fact]
    public async Task Started_after_the_node_it_is_noticed_soon()
    {
        await _broker.CrashAsync();
        await using var node = New();
        await node.Node.StartAsync(default);
        await node.PublishAsync(Backlog);
        // Long enough for every pause between two tries to have grown to its longest.
        await node.StuckAsync(TimeSpan.FromSeconds(8));

        await BackAsync(node);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Out_of_memory_it_takes_no_messages_and_costs_nothing_but_time(int confirmSeconds)
    {
        await using var node = await StartAsync(confirmSeconds);
        await _broker.RunCtlAsync("set_vm_memory_high_watermark", "0");
        await node.PublishAsync(Backlog);
        await node.StuckAsync(TimeSpan.FromSeconds(4));

        // The alarm is lifted before the tool returns, which may cost the measured time some tenths of a second.
        await _broker.RunCtlAsync("set_vm_memory_high_watermark", "0.4");
        await GoesOnAsync(node, Stopwatch.GetTimestamp());
    }

    [Fact]
    public async Task Standing_still_it_is_left_and_found_again()
    {
        await using var node = await StartAsync(confirmSeconds: 1);
        _broker.Pause();
        await node.PublishAsync(Backlog);
        await node.StuckAsync(TimeSpan.FromSeconds(5));

        _broker.Resume();
        await GoesOnAsync(node, Stopwatch.GetTimestamp());
    }

    private TroubledNode New() => new(_postgres, _broker.ConnectionString, output);

    private async Task<TroubledNode> StartAsync(int confirmSeconds = 10)
    {
        var node = New();
        await node.StartAsync();
        node.ConfirmTimeout(TimeSpan.FromSeconds(confirmSeconds));
        return node;
    }

    private async Task BackAsync(TroubledNode node)
    {
        var ready = ReadyAsync();
        await _broker.StartAsync();
        await GoesOnAsync(node, await ready);
    }

    private static async Task GoesOnAsync(TroubledNode node, long since)
    {
        await node.ResumesAsync(since);
        await node.AllHandledAsync();
        await node.NothingWasSpentAsync();
        node.Log.AssertAtMost(LinesOfAnOutage);
    }

    /// <summary>The moment from which on the broker takes connections, by a client of the test's own.</summary>
    private async Task<long> ReadyAsync()
    {
        var factory = new ConnectionFactory { Uri = new(_broker.ConnectionString), AutomaticRecoveryEnabled = false };
        await Eventually.BecomesTrueAsync(async () =>
        {
            try
            {
                await using var connection = await factory.CreateConnectionAsync();
                return true;
            }
            catch (Exception)
            {
                return false;
            }
        }, BootTime);
        return Stopwatch.GetTimestamp();
    }
}
