using System.Text;

namespace Cap.Servers;

/// <summary>Waits for one request of one connection through a <see cref="TcpProxy"/>. Not thread-safe.</summary>
internal sealed class ProxyTrap(string text, string? after)
{
    private readonly TaskCompletionSource _caught = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ProxyLink? _only;

    /// <summary>Ends when the request was sent to the server.</summary>
    public Task Caught => _caught.Task;

    public void Spring() => _caught.TrySetResult();

    /// <summary>Whether this is the request. Must be shown all of them, in order.</summary>
    public bool Catches(ProxyLink link, ReadOnlySpan<byte> request)
    {
        if (after is not null && _only is null && Contains(request, after))
            _only = link;
        return (after is null || link == _only) && Contains(request, text);
    }

    private static bool Contains(ReadOnlySpan<byte> request, string what) => request.IndexOf(Encoding.ASCII.GetBytes(what)) >= 0;
}
