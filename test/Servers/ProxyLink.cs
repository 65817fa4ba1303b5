using System.Net;
using System.Net.Sockets;

namespace Cap.Servers;

/// <summary>One connection through a <see cref="TcpProxy"/>: two sockets and what flows between them.</summary>
internal sealed class ProxyLink(TcpProxy proxy, Socket client, int targetPort)
{
    private const int BufferSize = 64 * 1024;

    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _reset = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _held;

    /// <summary>Connects to the server and passes on what comes, until both sides have ended. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            // Half-open is half-open: the server hears of a new client when the network is back.
            await proxy.FlowAsync(_reset.Token);
            await _server.ConnectAsync(new IPEndPoint(IPAddress.Loopback, targetPort), _reset.Token);
            (client.NoDelay, _server.NoDelay) = (true, true);
            await Task.WhenAll(PumpAsync(client, _server, isRequest: true), PumpAsync(_server, client, isRequest: false));
            client.Dispose();
            _server.Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Reset();
        }
    }

    /// <summary>Ends both connections with a reset (RST), as if a cable was pulled and plugged in again.</summary>
    public void Reset()
    {
        _reset.Cancel();
        Abort(client);
        Abort(_server);
    }

    public void HoldAnswers(bool held)
    {
        lock (_gate)
        {
            if (held)
                _held ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            else
                _held?.TrySetResult();
            _held = held ? _held : null;
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isRequest)
    {
        var buffer = new byte[BufferSize];
        int count;
        do
        {
            try
            {
                count = await from.ReceiveAsync(buffer, _reset.Token);
            }
            catch (SocketException)
            {
                Reset(); // wakes the other direction too
                throw;
            }
            var trapped = isRequest ? proxy.Trap(this, buffer.AsSpan(0, count)) : null;
            if (trapped is not null)
                HoldAnswers(true);
            await proxy.FlowAsync(_reset.Token);
            if (!isRequest)
                await AnswersFlowAsync();
            for (var sent = 0; sent < count;)
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _reset.Token);
            trapped?.Spring();
        } while (count > 0);
        to.Shutdown(SocketShutdown.Send);
    }

    private Task AnswersFlowAsync()
    {
        lock (_gate)
            return _held?.Task.WaitAsync(_reset.Token) ?? Task.CompletedTask;
    }

    private static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // ended already
        }
        socket.Dispose();
    }
}
