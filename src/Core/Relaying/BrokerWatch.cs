using Cap.Transport;

namespace Cap.Relaying;

/// <summary>
/// Asks the broker for a sign of life every few seconds, from the start on, so that an outage shows also while there is nothing to send or
/// nothing may be sent yet.
/// </summary>
internal sealed class BrokerWatch(ITransport transport, BrokerGate gate, TimeProvider time)
{
    /// <summary>Between two questions.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await RunOnceAsync(stop).ConfigureAwait(false);
                await gate.PassAsync(stop).ConfigureAwait(false);
                await Task.Delay(Interval, time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
    }

    /// <summary>One question.</summary>
    public async Task RunOnceAsync(CancellationToken stop)
    {
        if (gate.Away is not null)
            return;
        try
        {
            await transport.CheckAsync(stop).ConfigureAwait(false);
            gate.Answered();
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            gate.Trip(e);
        }
    }
}
