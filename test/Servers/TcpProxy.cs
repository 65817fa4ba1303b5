using System.Net;
using System.Net.Sockets;

namespace Cap.Servers;

/// <summary>
/// A TCP proxy on 127.0.0.1 in front of a server, to break the network between it and one client process. It listens from the
/// moment it is made; the server behind it may come and go. All members may be called at any time, by any thread.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly int _targetPort;
    private readonly Lock _gate = new();
    private readonly Dictionary<ProxyLink, Task> _links = [];
    private readonly Task _accepting;
    private TaskCompletionSource _flow = Open();
    private ProxyTrap? _trap;
    private bool _refuses;
    private int _accepted;

    public TcpProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to.</summary>
    public int Port { get; }

    /// <summary>How many connections clients have opened so far, those that were refused included.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Resets every connection now. New ones work as before.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (var link in _links.Keys)
                link.Reset();
        }
    }

    /// <summary>Half-open: connections stay, new ones are accepted, and nothing flows in either direction.</summary>
    public void Freeze()
    {
        lock (_gate)
        {
            _refuses = false;
            if (_flow.Task.IsCompleted)
                _flow = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Cuts everything and resets new connections at once.</summary>
    public void Refuse()
    {
        lock (_gate)
            _refuses = true;
        Cut();
    }

    /// <summary>Normal again. What was held back flows on.</summary>
    public void Pass()
    {
        lock (_gate)
        {
            _refuses = false;
            _trap = null;
            _flow.TrySetResult();
            foreach (var link in _links.Keys)
                link.HoldAnswers(false);
        }
    }

    /// <summary>
    /// From the next request on that contains this text, the connection that sends it gets no answer more, until it is cut or
    /// <see cref="Pass"/>: the server works, and its client cannot know.
    /// </summary>
    /// <param name="text">What the request contains.</param>
    /// <param name="after">Only on the first connection that has sent this before, from now on; null for any.</param>
    /// <returns>A task that ends when the request was sent to the server.</returns>
    public Task HoldAnswersTo(string text, string? after = null)
    {
        var trap = new ProxyTrap(text, after);
        lock (_gate)
            _trap = trap;
        return trap.Caught;
    }

    public async ValueTask DisposeAsync()
    {
        Refuse();
        _listener.Dispose();
        await _accepting;
        Task[] ends;
        lock (_gate)
            ends = [.. _links.Values];
        Cut();
        await Task.WhenAll(ends);
    }

    /// <summary>Ends when the proxy lets bytes through.</summary>
    internal async Task FlowAsync(CancellationToken stop)
    {
        while (true)
        {
            Task flow;
            lock (_gate)
                flow = _flow.Task;
            if (flow.IsCompleted)
                return;
            await flow.WaitAsync(stop);
        }
    }

    /// <summary>The trap if this request is the one whose answer is to be held. Only the first is.</summary>
    internal ProxyTrap? Trap(ProxyLink link, ReadOnlySpan<byte> request)
    {
        lock (_gate)
        {
            if (_trap is not { } trap || !trap.Catches(link, request))
                return null;
            _trap = null;
            return trap;
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException)
            {
                continue; // the client was gone before we took it
            }
            Interlocked.Increment(ref _accepted);
            var link = new ProxyLink(this, client, _targetPort);
            lock (_gate)
            {
                if (_refuses)
                    link.Reset();
                else
                    _links[link] = RunAsync(link);
            }
        }
    }

    private async Task RunAsync(ProxyLink link)
    {
        await Task.Yield(); // the link is in the table before it can end
        await link.RunAsync();
        lock (_gate)
            _links.Remove(link);
    }

    private static TaskCompletionSource Open()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }
}
