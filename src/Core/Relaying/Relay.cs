using Cap.Messages;
using Cap.Retrying;
using Cap.Storage;
using Cap.Transport;
using Cap.Waking;
using Cap.Working;
using Microsoft.Extensions.Logging;

namespace Cap.Relaying;

/// <summary>Ships the due rows of the outbox: hands them to the transport in batches and settles each when the broker has confirmed it.</summary>
internal sealed class Relay(WorkContext context, ITransport transport, BrokerGate gate, Task groupsBound, ILogger<Relay> log, CancellationToken abandon)
    : LaneWorker(new(MessageType.Publish, context.Options.Version), context.Options.SchedulerBatchSize * 2, context, log)
{
    /// <summary>
    /// While two batches are at the broker, the next fetch waits for one of them, so that its batch gathers: without it a busy relay sends
    /// many small ones, and each costs three round trips. It waits briefly only: one queue that does not confirm must not stop the rest.
    /// </summary>
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(20);

    private readonly Signal _batchEnded = new();
    private int _underWay;

    protected override async ValueTask WaitUntilReadyAsync(CancellationToken stop)
    {
        await groupsBound.WaitAsync(stop).ConfigureAwait(false);
        await gate.PassAsync(stop).ConfigureAwait(false);
        if (Volatile.Read(ref _underWay) >= 2)
            await _batchEnded.WaitAsync(GatherTime, Context.Time, stop).ConfigureAwait(false);
    }

    protected override void Start(IReadOnlyList<DueMessage> rows) => _ = SendAsync(rows);

    private async Task SendAsync(IReadOnlyList<DueMessage> rows)
    {
        var began = Context.Time.GetUtcNow();
        var started = Context.Time.GetTimestamp();
        var sending = new List<DueMessage>(rows.Count);
        var messages = new List<TransportMessage>(rows.Count);
        foreach (var row in rows)
        {
            // A row may have waited for its turn: whoever has the lease now sends it.
            if (!MayStart(row))
                HandBack(row);
            else if (Unpack(row, began) is { } message)
            {
                sending.Add(row);
                messages.Add(message);
            }
        }
        if (sending.Count == 0)
            return;
        var results = await TrySendAsync(messages).ConfigureAwait(false);
        var took = Context.Time.GetElapsedTime(started);
        for (var i = 0; i < sending.Count; i++)
            End(sending[i], messages[i], results[i], began, took);
    }

    private async Task<IReadOnlyList<SendResult>> TrySendAsync(List<TransportMessage> messages)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            var results = await transport.SendAsync(messages, abandon).ConfigureAwait(false);
            return results.Count == messages.Count
                ? results
                : throw new InvalidOperationException($"{transport.Description} answered {results.Count} results for {messages.Count} messages.");
        }
        catch (Exception e)
        {
            // Not by the contract, but a row whose end nobody reports would be held for ever.
            return [.. Enumerable.Repeat(SendResult.Unavailable(e), messages.Count)];
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            _batchEnded.Set();
        }
    }

    private void End(DueMessage row, TransportMessage message, SendResult result, DateTimeOffset began, TimeSpan took)
    {
        switch (result.Outcome)
        {
            case SendOutcome.Confirmed:
                Counts.Succeeded(Context.Statistics.WaitedFor(message.Headers), took);
                Succeeded(row);
                break;
            case SendOutcome.Refused:
                Failed(row, began, took, result.Error ?? new CapException($"{transport.Description} refused '{row.Name}' without a reason."));
                break;
            default:
                if (!abandon.IsCancellationRequested)
                    gate.Trip(result.Error ?? new CapException($"{transport.Description} did not answer."));
                HandBack(row);
                break;
        }
    }

    private TransportMessage? Unpack(DueMessage row, DateTimeOffset began)
    {
        try
        {
            var (headers, value) = MessageContent.Read(row.Content);
            return new(row.Name, headers, MessageContent.IsNull(value.Span) ? ReadOnlyMemory<byte>.Empty : value);
        }
        catch (Exception e)
        {
            Failed(row, began, TimeSpan.Zero, new UnreadableMessageException($"Row {row.Id} of the outbox is damaged: {e.Message}", e));
            return null;
        }
    }
}
