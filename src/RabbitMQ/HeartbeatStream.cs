using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Cap.RabbitMQ;

/// <summary>
/// A stream whose asynchronous reads keep <see cref="ReadTimeout"/>, which the framework's do not. The client sets it to two heartbeats
/// as soon as those are agreed. One reader at a time.
/// </summary>
internal sealed class HeartbeatStream(Socket socket, TimeProvider time) : NetworkStream(socket, ownsSocket: false)
{
    private CancellationTokenSource? _limit;

    /// <summary>In milliseconds; none at first.</summary>
    public override int ReadTimeout { get; set; } = Timeout.Infinite;

    /// <inheritdoc/>
    /// <exception cref="IOException">Nothing came within <see cref="ReadTimeout"/>.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var timeout = TimeSpan.FromMilliseconds(ReadTimeout);
        while (true)
        {
            var limit = Begin(timeout);
            using var stopping = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);
            try
            {
                return await base.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // A process that was suspended finds its time over and the heartbeats that came meanwhile.
                if (!DataAvailable)
                    throw new IOException($"nothing came for {timeout.TotalSeconds} s, not even a heartbeat");
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _limit?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The time of one read begins; that of the read before it has ended.</summary>
    private CancellationTokenSource Begin(TimeSpan timeout)
    {
        if (_limit is null || !_limit.TryReset())
        {
            _limit?.Dispose();
            _limit = new(timeout, time);
        }
        else
        {
            _limit.CancelAfter(timeout);
        }
        return _limit;
    }
}
