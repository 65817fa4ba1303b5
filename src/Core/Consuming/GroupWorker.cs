using System.Threading.Channels;
using Cap.Messages;
using Cap.Storage;
using Cap.Subscribing;
using Cap.Working;
using Microsoft.Extensions.Logging;

namespace Cap.Consuming;

/// <summary>Runs the handlers of one group: a fixed number at once, the messages of one key one after the other.</summary>
internal sealed partial class GroupWorker : LaneWorker
{
    private readonly SubscriberGroup _group;
    private readonly HandlerRunner _runner;
    private readonly CancellationToken _closing;
    private readonly CancellationToken _stopHandlers;
    private readonly ILogger _log;
    private readonly Func<DueMessage, bool> _mayStart;
    private readonly Channel<DueMessage> _ready = Channel.CreateUnbounded<DueMessage>();

    /// <param name="group">The group.</param>
    /// <param name="context">The node.</param>
    /// <param name="runner">Calls the handlers.</param>
    /// <param name="log">The log.</param>
    /// <param name="closing">The node stops: no handler is started any more.</param>
    /// <param name="stopHandlers">The time to finish is over: running handlers are asked to end.</param>
    public GroupWorker(
        SubscriberGroup group,
        WorkContext context,
        HandlerRunner runner,
        ILogger<GroupWorker> log,
        CancellationToken closing,
        CancellationToken stopHandlers
    )
        : base(
            new(MessageType.Subscribe, group.Name),
            Math.Max(context.Options.SchedulerBatchSize, group.Concurrency * 2),
            context,
            log
        ) => (_group, _runner, _log, _mayStart, _closing, _stopHandlers) = (group, runner, log, MayStart, closing, stopHandlers);

    /// <summary>Runs handlers until <see cref="Close"/>.</summary>
    public Task RunHandlersAsync() => Task.WhenAll(Enumerable.Range(0, _group.Concurrency).Select(_ => Task.Run(RunLoopAsync, CancellationToken.None)));

    /// <summary>Nothing is started any more; what waits for a handler is handed back.</summary>
    public void Close()
    {
        _ready.Writer.TryComplete();
        while (_ready.Reader.TryRead(out var row))
            HandBack(row);
    }

    protected override void Start(IReadOnlyList<DueMessage> rows)
    {
        foreach (var row in rows)
        {
            if (!_ready.Writer.TryWrite(row))
                HandBack(row);
        }
    }

    private async Task RunLoopAsync()
    {
        await foreach (var row in _ready.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
            await HandleAsync(row).ConfigureAwait(false);
    }

    private async Task HandleAsync(DueMessage row)
    {
        if (_closing.IsCancellationRequested || !MayStart(row))
        {
            HandBack(row);
            return;
        }
        var began = Context.Time.GetUtcNow();
        var started = Context.Time.GetTimestamp();
        try
        {
            var ending = await _runner.RunAsync(_group, Lane, row, _mayStart, _stopHandlers).ConfigureAwait(false);
            switch (ending)
            {
                case HandlerEnding.Settled:
                    SettledAlready(row);
                    break;
                case HandlerEnding.NotMine:
                    HandBack(row);
                    break;
                default:
                    Succeeded(row);
                    break;
            }
        }
        catch (OperationCanceledException e) when (_stopHandlers.IsCancellationRequested)
        {
            // Only our own stop is not a failure: a handler's own time-out, and the one it was given, end in the next block. Whether it is our
            // stop is told by our token and not by the one in the exception: a handler that links ours with another throws with the link. So one
            // that runs into a time-out of its own just while we stop is handed back too, which costs a repetition; the other mistake would
            // cost a message a try, and the last try gives it up.
            Log.HandedBack(_log, e, Lane, row.Name, row.MessageId);
            HandBack(row);
        }
        catch (Exception e)
        {
            Failed(row, began, Context.Time.GetElapsedTime(started), e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(161, LogLevel.Information, "{Lane}: '{Name}' {MessageId} is handed back because the node stops")]
        public static partial void HandedBack(ILogger logger, Exception error, Lane lane, string name, string messageId);
    }
}
