using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Cap.Transport;

namespace Cap.RabbitMQ.Tests;

/// <summary>A broker that is not there, and one that takes connections and never says a word.</summary>
public sealed class SilentBrokerTests
{
    private static readonly TransportMessage Message = new("x", new Dictionary<string, string?>(), default);

    [Fact]
    public async Task Nobody_hangs_at_a_broker_that_never_answers()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var transport = New(((IPEndPoint)listener.LocalEndpoint).Port);
        var watch = Stopwatch.StartNew();

        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => transport.SendAsync([Message, Message], default)));
        var check = await Assert.ThrowsAsync<BrokerConnectionException>(() => transport.CheckAsync(default));
        await Assert.ThrowsAsync<BrokerConnectionException>(() => transport.SubscribeAsync(new("g", ["x"], 1), default));

        Assert.All(results.SelectMany(result => result), result => Assert.Equal(SendOutcome.Unavailable, result.Outcome));
        Assert.Contains("RabbitMQ 127.0.0.1", check.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_unavailable_at_once()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var transport = New(port);

        var result = (await transport.SendAsync([Message], default))[0];

        Assert.Equal(SendOutcome.Unavailable, result.Outcome);
        Assert.StartsWith($"RabbitMQ 127.0.0.1:{port}/ cannot be reached: ", result.Error!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.Error.ToString(), StringComparison.Ordinal);
        await Assert.ThrowsAsync<BrokerConnectionException>(() => transport.CheckAsync(default));
    }

    [Fact]
    public async Task Stop_and_dispose_do_not_wait_for_a_silent_broker()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var transport = New(((IPEndPoint)listener.LocalEndpoint).Port, TimeSpan.FromMinutes(5));
        using var stop = new CancellationTokenSource();
        var stopped = transport.SendAsync([Message], stop.Token);
        var pending = transport.SendAsync([Message], default);
        var watch = Stopwatch.StartNew();

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        await transport.DisposeAsync();

        Assert.Equal(SendOutcome.Unavailable, (await pending)[0].Outcome);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }

    private static RabbitMQTransport New(int port, TimeSpan? timeout = null) =>
        TestTransport.New(new RabbitMQOptions
        {
            HostName = "127.0.0.1",
            Port = port,
            Password = "secret",
            ConfirmTimeout = timeout ?? TimeSpan.FromSeconds(1),
        });
}
