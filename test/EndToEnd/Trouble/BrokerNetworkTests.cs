using System.Diagnostics;
using Cap.Conformance;
using Cap.Servers;
using Xunit.Abstractions;

namespace Cap.EndToEnd.Trouble;

/// <summary>The broker works, and the network between it and this node does not.</summary>
public sealed class BrokerNetworkTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Backlog = 3000;
    private const int Connections = 2;
    private const int LinesOfAnOutage = 3;

    private string _postgres = "";
    private Uri _rabbit = null!;
    private TcpProxy _proxy = null!;

    public async Task InitializeAsync()
    {
        _postgres = await TestServers.PostgresAsync();
        _rabbit = new(await TestServers.RabbitAsync());
        _proxy = new(_rabbit.Port);
    }

    public async Task DisposeAsync() => await _proxy.DisposeAsync();

    [Fact]
    public async Task Cut_connections_are_opened_again()
    {
        await using var node = await StartAsync();
        var before = _proxy.Accepted;
        _proxy.Cut();
        await node.StuckAsync(TimeSpan.Zero);
        await node.PublishAsync(Backlog);

        await node.ResumesAsync(Stopwatch.GetTimestamp());
        await node.AllHandledAsync();
        await node.NothingWasSpentAsync();
        node.Log.AssertAtMost(LinesOfAnOutage);
        Assert.InRange(_proxy.Accepted - before, 1, Connections);
    }

    [Fact]
    public async Task Refused_connections_are_tried_again_at_a_walk()
    {
        await using var node = await StartAsync();
        var before = _proxy.Accepted;
        _proxy.Refuse();
        await node.PublishAsync(Backlog);
        await node.StuckAsync(TimeSpan.FromSeconds(6));
        // Each connection is tried about twice a second.
        Assert.InRange(_proxy.Accepted - before, 2, 60);
        output.WriteLine($"{_proxy.Accepted - before} connections tried in 6 s");

        _proxy.Pass();
        await node.ResumesAsync(Stopwatch.GetTimestamp());
        await node.AllHandledAsync();
        await node.NothingWasSpentAsync();
        node.Log.AssertAtMost(LinesOfAnOutage);
    }

    /// <summary>Nothing is reset, nothing arrives: sending notices by its own patience, receiving by the heartbeat.</summary>
    [Fact]
    public async Task A_half_open_connection_is_noticed_on_both_sides()
    {
        await using var node = await StartAsync(
            o => o.ConnectionFactoryOptions = factory => factory.RequestedHeartbeat = TimeSpan.FromSeconds(2));
        node.ConfirmTimeout(TimeSpan.FromSeconds(2));
        var watch = Stopwatch.StartNew();
        _proxy.Freeze();
        await node.PublishAsync(Backlog);
        await node.StuckAsync();
        await Eventually.BecomesTrueAsync(() => node.Log.Of(300).Any(line => line.Contains("the sending connection is lost", StringComparison.Ordinal)));
        output.WriteLine($"sending noticed after {watch.Elapsed}");
        await Eventually.BecomesTrueAsync(() => node.Log.Of(300).Any(line => line.Contains("the receiving connection is lost", StringComparison.Ordinal)));
        output.WriteLine($"receiving noticed after {watch.Elapsed}");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}");

        node.ConfirmTimeout(TimeSpan.FromSeconds(10));
        _proxy.Pass();
        await node.ResumesAsync(Stopwatch.GetTimestamp());
        await node.AllHandledAsync();
        await node.NothingWasSpentAsync();
        node.Log.AssertAtMost(LinesOfAnOutage);
    }

    /// <summary>Too short for anybody to notice: what was held back arrives.</summary>
    [Fact]
    public async Task A_pause_of_the_network_is_only_a_pause()
    {
        await using var node = await StartAsync();
        _proxy.Freeze();
        await node.PublishAsync(Backlog);
        await node.StuckAsync(TimeSpan.FromSeconds(1));
        _proxy.Pass();
        await node.ResumesAsync(Stopwatch.GetTimestamp());
        await node.AllHandledAsync();
        await node.NothingWasSpentAsync();
        node.Log.AssertAtMost(0);
    }

    private async Task<TroubledNode> StartAsync(Action<RabbitMQOptions>? broker = null)
    {
        var throughProxy = new UriBuilder(_rabbit) { Port = _proxy.Port }.Uri.ToString();
        var node = new TroubledNode(_postgres, throughProxy, output, broker: broker);
        await node.StartAsync();
        return node;
    }
}
