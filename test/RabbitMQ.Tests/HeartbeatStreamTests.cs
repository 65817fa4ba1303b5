using System.Net;
using System.Net.Sockets;
using Cap.Conformance;

namespace Cap.RabbitMQ.Tests;

public sealed class HeartbeatStreamTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly byte[] _buffer = new byte[16];
    private Socket _peer = null!;
    private HeartbeatStream _stream = null!;

    public async Task InitializeAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await _peer.ConnectAsync(listener.LocalEndpoint);
        _stream = new(await listener.AcceptSocketAsync(), _time) { ReadTimeout = 2000 };
    }

    public async Task DisposeAsync()
    {
        await _stream.DisposeAsync();
        _peer.Dispose();
    }

    [Fact]
    public async Task A_read_to_which_nothing_comes_ends_after_its_time()
    {
        var read = ReadAsync();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(read.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        var error = await Assert.ThrowsAsync<IOException>(() => read);
        Assert.Equal("nothing came for 2 s, not even a heartbeat", error.Message);
    }

    [Fact]
    public async Task Each_read_has_the_whole_time()
    {
        for (var i = 0; i < 3; i++)
        {
            var read = ReadAsync();
            _time.Advance(TimeSpan.FromSeconds(1.9));
            await _peer.SendAsync(new byte[] { 1 });
            Assert.Equal(1, await read);
        }
    }

    [Fact]
    public async Task Between_reads_no_time_counts()
    {
        await _peer.SendAsync(new byte[] { 1 });
        Assert.Equal(1, await ReadAsync());
        _time.Advance(TimeSpan.FromHours(1));
        await _peer.SendAsync(new byte[] { 1 });
        Assert.Equal(1, await ReadAsync());
    }

    [Fact]
    public async Task What_came_while_the_process_was_suspended_is_read()
    {
        for (var i = 0; i < 200; i++)
        {
            var read = ReadAsync();
            _peer.Send([1]);
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(1, await read);
        }
    }

    [Fact]
    public async Task Without_heartbeats_a_read_waits_as_long_as_it_takes()
    {
        _stream.ReadTimeout = Timeout.Infinite;
        var read = ReadAsync();
        _time.Advance(TimeSpan.FromDays(30));
        await _peer.SendAsync(new byte[] { 1 });
        Assert.Equal(1, await read);
    }

    [Fact]
    public async Task A_read_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var read = _stream.ReadAsync(_buffer, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Patience));
    }

    private Task<int> ReadAsync() => _stream.ReadAsync(_buffer).AsTask().WaitAsync(Patience);
}
