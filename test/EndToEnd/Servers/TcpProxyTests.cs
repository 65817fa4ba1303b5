using System.Net;
using System.Net.Sockets;
using Cap.Conformance;
using Cap.Servers;

namespace Cap.EndToEnd.Servers;

/// <summary>Proves the fixture itself: the tests of a broken network are worth what it is worth. Behind it: a server that echoes.</summary>
public sealed class TcpProxyTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly TcpProxy _proxy;

    public TcpProxyTests()
    {
        _server.Start();
        _ = EchoAsync();
        _proxy = new(((IPEndPoint)_server.LocalEndpoint).Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Fact]
    public async Task Many_connections_pass_much_and_an_end_is_passed_on()
    {
        var sent = new byte[3_000_000];
        Random.Shared.NextBytes(sent);
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async _ =>
                {
                    using var client = await ConnectAsync();
                    var read = ReadAsync(client, sent.Length);
                    await client.SendAsync(sent);
                    Assert.Equal(sent, await read);
                    client.Shutdown(SocketShutdown.Send);
                    Assert.Equal(0, await client.ReceiveAsync(new byte[1]).WaitAsync(Patience));
                })
        );
        Assert.Equal(8, _proxy.Accepted);
    }

    [Fact]
    public async Task A_cut_resets_what_is_open_and_new_connections_work()
    {
        using var client = await ConnectAsync();
        Assert.Equal([1], await AskAsync(client, 1));
        _proxy.Cut();
        await AssertResetAsync(client);
        using var next = await ConnectAsync();
        Assert.Equal([2], await AskAsync(next, 2));
    }

    [Fact]
    public async Task Frozen_nothing_flows_and_then_everything_that_was_held_back()
    {
        using var before = await ConnectAsync();
        Assert.Equal([1], await AskAsync(before, 1));
        _proxy.Freeze();
        using var after = await ConnectAsync();
        Task<byte[]>[] answers = [AskAsync(before, 2), AskAsync(after, 3)];
        await Eventually.StaysAsync(() => !answers.Any(a => a.IsCompleted));
        _proxy.Pass();
        Assert.Equal([2], await answers[0]);
        Assert.Equal([3], await answers[1]);
    }

    [Fact]
    public async Task A_cut_ends_frozen_connections_too()
    {
        using var client = await ConnectAsync();
        // Then the proxy knows of it.
        Assert.Equal([1], await AskAsync(client, 1));
        _proxy.Freeze();
        var answer = AskAsync(client, 1);
        _proxy.Cut();
        await Assert.ThrowsAsync<SocketException>(() => answer);
    }

    [Fact]
    public async Task Refusing_resets_open_and_new_connections_until_it_passes_again()
    {
        using var client = await ConnectAsync();
        _proxy.Refuse();
        await AssertResetAsync(client);
        await AssertNobodyAnswersAsync();
        _proxy.Pass();
        using var next = await ConnectAsync();
        Assert.Equal([2], await AskAsync(next, 2));
    }

    [Fact]
    public async Task A_server_that_is_away_looks_like_one_and_may_come_back()
    {
        var endpoint = (IPEndPoint)_server.LocalEndpoint;
        _server.Stop();
        await AssertNobodyAnswersAsync();
        using var back = new TcpListener(endpoint);
        back.Start();
        using var next = await ConnectAsync();
        using var accepted = await back.AcceptSocketAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task The_answer_to_one_request_is_held_back_though_the_server_got_it()
    {
        using var client = await ConnectAsync();
        using var other = await ConnectAsync();
        var seen = _proxy.HoldAnswersTo("COMMIT");
        Assert.Equal("BEGIN"u8.ToArray(), await AskAsync(client, "BEGIN"u8.ToArray()));
        Assert.False(seen.IsCompleted);
        var answer = AskAsync(client, "xCOMMITx"u8.ToArray());
        await seen.WaitAsync(Patience);
        Assert.Equal([1], await AskAsync(other, 1));
        Assert.False(answer.IsCompleted);
        _proxy.Pass();
        await answer;
    }

    [Fact]
    public async Task The_answer_is_held_back_only_on_the_connection_that_said_something_before()
    {
        using var client = await ConnectAsync();
        using var other = await ConnectAsync();
        var seen = _proxy.HoldAnswersTo("COMMIT", after: "mark");
        Assert.Equal("mark"u8.ToArray(), await AskAsync(client, "mark"u8.ToArray()));
        Assert.Equal("mark"u8.ToArray(), await AskAsync(other, "mark"u8.ToArray()));
        Assert.Equal("COMMIT"u8.ToArray(), await AskAsync(other, "COMMIT"u8.ToArray()));
        Assert.False(seen.IsCompleted);
        var answer = AskAsync(client, "COMMIT"u8.ToArray());
        await seen.WaitAsync(Patience);
        Assert.False(answer.IsCompleted);
        _proxy.Pass();
        await answer;
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        return socket;
    }

    private static async Task<byte[]> AskAsync(Socket client, params byte[] question)
    {
        await client.SendAsync(question);
        return await ReadAsync(client, question.Length);
    }

    private static async Task<byte[]> ReadAsync(Socket client, int count)
    {
        var answer = new byte[count];
        using var late = new CancellationTokenSource(Patience);
        for (var read = 0; read < count;)
        {
            var more = await client.ReceiveAsync(answer.AsMemory(read), late.Token);
            if (more == 0)
                throw new EndOfStreamException();
            read += more;
        }
        return answer;
    }

    private static async Task AssertResetAsync(Socket client)
    {
        var e = await Assert.ThrowsAsync<SocketException>(() => client.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    /// <summary>The reset may come before the client has seen its connection.</summary>
    private Task AssertNobodyAnswersAsync() =>
        Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var client = await ConnectAsync();
            await client.ReceiveAsync(new byte[1]).WaitAsync(Patience);
        });

    private async Task EchoAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _server.AcceptSocketAsync();
            }
            catch (Exception)
            {
                return;
            }
            _ = EchoAsync(client);
        }
    }

    private static async Task EchoAsync(Socket client)
    {
        using var _ = client;
        try
        {
            var buffer = new byte[10_000];
            for (int count; (count = await client.ReceiveAsync(buffer)) > 0;)
                for (var sent = 0; sent < count;)
                    sent += await client.SendAsync(buffer.AsMemory(sent, count - sent));
        }
        catch (SocketException)
        {
            // cut
        }
    }
}
