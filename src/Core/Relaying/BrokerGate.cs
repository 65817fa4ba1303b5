using Cap.Monitoring;
using Cap.Transport;
using Microsoft.Extensions.Logging;

namespace Cap.Relaying;

/// <summary>
/// A circuit breaker around the broker: when it is away, sending stops, and one probe at a time asks whether it is back. An outage
/// costs no message a try, and is logged once when it begins and once when it ends.
/// </summary>
/// <remarks>The pattern is Nygard's (Release It!, "Circuit Breaker").</remarks>
internal sealed partial class BrokerGate(ITransport transport, TimeProvider time, ILogger<BrokerGate> log)
{
    private static readonly TimeSpan Probe = TimeSpan.FromMilliseconds(500);
    private Trouble? _away;
    private long _since;
    private long _answeredAt;

    /// <summary>What is wrong with the broker; null while nothing is known to be. That it works is told by <see cref="AnsweredAt"/> only.</summary>
    public Trouble? Away => Volatile.Read(ref _away);

    /// <summary>When the broker has last given a sign of life that was asked for, UTC; null while it has given none.</summary>
    public DateTimeOffset? AnsweredAt => Volatile.Read(ref _answeredAt) is > 0 and var ticks ? new(ticks, TimeSpan.Zero) : null;

    /// <summary>The broker gave a sign of life. Whoever waits for it still asks for one of its own.</summary>
    public void Answered() => Volatile.Write(ref _answeredAt, time.GetUtcNow().UtcTicks);

    /// <summary>Nobody watches the broker any more: whatever was known is no news.</summary>
    public void Forget()
    {
        Volatile.Write(ref _answeredAt, 0);
        Volatile.Write(ref _away, null);
    }

    /// <summary>The broker did not answer.</summary>
    public void Trip(Exception error)
    {
        var away = new Trouble("broker", time.GetUtcNow(), error.Message, StopsWork: false);
        if (Interlocked.CompareExchange(ref _away, away, null) is not null)
            return;
        _since = time.GetTimestamp();
        Log.Lost(log, error, transport.Description);
    }

    /// <summary>Returns at once while the broker works; else when it does again.</summary>
    public async ValueTask PassAsync(CancellationToken stop)
    {
        while (Away is not null)
        {
            try
            {
                // A broker that answers the probe but no message must not be asked in a hot loop.
                await Task.Delay(Probe / 5, time, stop).ConfigureAwait(false);
                await transport.CheckAsync(stop).ConfigureAwait(false);
                Answered();
                if (Interlocked.Exchange(ref _away, null) is not null)
                    Log.Back(log, transport.Description, time.GetElapsedTime(_since));
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                Log.StillAway(log, transport.Description, e.Message);
                await Task.Delay(Probe * (0.75 + Random.Shared.NextDouble() / 2), time, stop).ConfigureAwait(false);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(151, LogLevel.Warning, "{Broker} does not answer. Messages stay in the outbox, no tries are spent")]
        public static partial void Lost(ILogger logger, Exception error, string broker);

        [LoggerMessage(152, LogLevel.Information, "{Broker} is back after {Outage}; sending goes on")]
        public static partial void Back(ILogger logger, string broker, TimeSpan outage);

        [LoggerMessage(153, LogLevel.Debug, "{Broker} is still away: {Reason}")]
        public static partial void StillAway(ILogger logger, string broker, string reason);
    }
}
