using System.Data;
using System.Globalization;
using Cap.Cancelling;
using Cap.Diagnostics;
using Cap.Filter;
using Cap.Messages;
using Cap.Monitoring;
using Cap.Publishing;
using Cap.Retrying;
using Cap.Serialization;
using Cap.Storage;
using Cap.Subscribing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cap.Consuming;

/// <summary>Runs the handler of one message: reads the value, opens scope and transaction, calls filters and method, sends the answer.</summary>
internal sealed partial class HandlerRunner(
    IServiceScopeFactory scopes,
    CapPublisher publisher,
    IStorage storage,
    ISerializer serializer,
    CapOptions options,
    Statistics statistics,
    TimeProvider time,
    ILogger<HandlerRunner> log
)
{
    /// <param name="group">The group.</param>
    /// <param name="lane">Its lane.</param>
    /// <param name="row">The message.</param>
    /// <param name="mayStart">Whether the row is still this node's to work: asked again when something took its time before the handler.</param>
    /// <param name="stop">The time to finish is over.</param>
    public async Task<HandlerEnding> RunAsync(
        SubscriberGroup group,
        Lane lane,
        DueMessage row,
        Func<DueMessage, bool> mayStart,
        CancellationToken stop
    )
    {
        var subscriber =
            group.Find(row.Name)
            ?? throw new UnreadableMessageException(
                $"No handler of group '{group.Name}' takes '{row.Name}'. Deploy one and retry the message, or delete it."
            );
        var handler = subscriber.Handler;
        var (headers, value) = Read(row, handler);
        if (headers.GetValueOrDefault(Headers.CallbackName) is { Length: > 0 } callback && MessageName.PublishFault(callback) is { } fault)
            throw new UnreadableMessageException($"'{row.Name}' wants an answer that cannot be sent. {fault}");
        headers[Headers.Group] = group.Name;
        headers[Headers.ExecutionInstanceId] = options.NodeName;
        using var activity = CapDiagnostics.Handle(row.Name, group.Name, headers.GetValueOrDefault(Headers.TraceParent));
        Log.Handling(log, lane, row.Name, row.MessageId, handler);

        var scope = scopes.CreateAsyncScope();
        await using var scopeEnd = scope.ConfigureAwait(false);
        var call = new Call(subscriber, new(headers, value), new(headers), group.Name, scope.ServiceProvider, mayStart, stop);
        var (waited, started) = (statistics.WaitedFor(headers), time.GetTimestamp());
        var ending = await RunAsync(call, lane, row).ConfigureAwait(false);
        var took = time.GetElapsedTime(started);
        if (ending != HandlerEnding.NotMine)
            statistics.Of(lane).Succeeded(waited + took, took);
        return ending;
    }

    private async Task<HandlerEnding> RunAsync(Call call, Lane lane, DueMessage row)
    {
        if (call.Handler.IsTransactional)
            return await RunInTransactionAsync(call, lane, row).ConfigureAwait(false);
        // A transaction of whoever started this flow must not swallow what the handler publishes.
        publisher.Transaction = null;
        await RunAsync(call, null).ConfigureAwait(false);
        return HandlerEnding.Done;
    }

    private async Task<HandlerEnding> RunInTransactionAsync(Call call, Lane lane, DueMessage row)
    {
        if (await BeginAsync(call, lane, row).ConfigureAwait(false) is not { } storageTransaction)
            return HandlerEnding.NotMine;
        await using var _ = storageTransaction.ConfigureAwait(false);
        var transaction = publisher.Enter(TransactionOwner.Handler);
        transaction.Opened(storageTransaction);
        try
        {
            if (!await RunAsync(call, transaction).ConfigureAwait(false))
                return HandlerEnding.Done;
            if (!await storage.SettleAndCommitAsync(storageTransaction, lane, row, call.Stop).ConfigureAwait(false))
            {
                Log.SettledElsewhere(log, lane, row.Name, row.MessageId);
                return HandlerEnding.NotMine;
            }
            transaction.CommittedByCap();
            return HandlerEnding.Settled;
        }
        finally
        {
            transaction.Abandon();
        }
    }

    /// <summary>
    /// Opens the handler's transaction. A database out of breath may take longer than a lease to do it, or to refuse it, and another node works
    /// the row by then: null when the row is no longer this node's to start, which is no failed try either.
    /// </summary>
    private async Task<StorageTransaction?> BeginAsync(Call call, Lane lane, DueMessage row)
    {
        try
        {
            var transaction = await storage.BeginAsync(null, IsolationLevel.Unspecified, call.Stop).ConfigureAwait(false);
            if (call.MayStart(row))
                return transaction;
            await transaction.DisposeAsync().ConfigureAwait(false);
            Log.NotCalled(log, null, lane, row.Name, row.MessageId);
        }
        catch (Exception e) when (!call.MayStart(row))
        {
            Log.NotCalled(log, e, lane, row.Name, row.MessageId);
        }
        return null;
    }

    /// <summary>Runs filters and handler. False when the handler threw and a filter took that as handled: its transaction must not commit.</summary>
    private async Task<bool> RunAsync(Call call, ICapTransaction? transaction)
    {
        var filters = call.Services.GetServices<ISubscribeFilter>().ToList();
        object? result;
        try
        {
            result = await InvokeInTimeAsync(call, transaction, filters).ConfigureAwait(false);
        }
        catch (Exception e) when (filters.Count > 0 && !(e is OperationCanceledException && call.Stop.IsCancellationRequested))
        {
            var context = new ExceptionContext(call.Message, call.Group, call.Handler.Method, e);
            foreach (var filter in Enumerable.Reverse(filters))
                await filter.OnSubscribeExceptionAsync(context).ConfigureAwait(false);
            if (!context.ExceptionHandled)
                throw;
            if (transaction is not null)
                return false;
            result = context.Result;
        }
        if (call.Header.CallbackName is { Length: > 0 } callback)
            await AnswerAsync(call, callback, result).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Runs filters and handler with a token of their own, within the handler's time if it has a limit. Only their token ends with it: what a
    /// handler did that came late but well is settled and answered all the same.
    /// </summary>
    private async Task<object?> InvokeInTimeAsync(Call call, ICapTransaction? transaction, List<ISubscribeFilter> filters)
    {
        var limit = call.Subscriber.Timeout;
        using var inTime = new TimeLimit(
            limit,
            time,
            e => Log.OverTime(log, e, call.Group, call.Message.Name, call.Message.Id, call.Handler, limit!.Value),
            call.Stop
        );
        try
        {
            return await InvokeAsync(call, transaction, filters, inTime.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (inTime.IsOver)
        {
            throw new TimeoutException(
                $"The handler {call.Handler} did not end within its time of {limit} with '{call.Message.Name}' {call.Message.Id}. "
                    + "Let it do less, or give it a longer TimeoutSeconds or HandlerTimeout.",
                e
            );
        }
    }

    private static async Task<object?> InvokeAsync(Call call, ICapTransaction? transaction, List<ISubscribeFilter> filters, CancellationToken stop)
    {
        var target = call.Handler.Resolve(call.Services);
        var arguments = call.Handler.Arguments(call.Message.Value, call.Header, transaction, stop);
        var executing = new ExecutingContext(call.Message, call.Group, call.Handler.Method, arguments);
        foreach (var filter in filters)
            await filter.OnSubscribeExecutingAsync(executing).ConfigureAwait(false);
        var executed = new ExecutedContext(
            call.Message,
            call.Group,
            call.Handler.Method,
            await call.Handler.InvokeAsync(target, arguments).ConfigureAwait(false)
        );
        foreach (var filter in Enumerable.Reverse(filters))
            await filter.OnSubscribeExecutedAsync(executed).ConfigureAwait(false);
        return executed.Result;
    }

    private Task AnswerAsync(Call call, string callback, object? result)
    {
        var received = call.Message.Headers;
        var sequence = int.TryParse(received.TryGetValue(Headers.CorrelationSequence, out var s) ? s : null, CultureInfo.InvariantCulture, out var n) ? n : 0;
        var headers = new Dictionary<string, string?>(call.Header.AnswerHeaders)
        {
            [Headers.CorrelationId] = received.TryGetValue(Headers.CorrelationId, out var id) ? id : call.Message.Id,
            [Headers.CorrelationSequence] = (sequence + 1).ToString(CultureInfo.InvariantCulture),
        };
        return publisher.PublishAsync(callback, result, new PublishOptions { Headers = headers }, call.Stop);
    }

    private (Dictionary<string, string?> Headers, object? Value) Read(DueMessage row, HandlerMethod handler)
    {
        try
        {
            var (headers, json) = row.Parts ?? MessageContent.Read(row.Content);
            if (headers.TryGetValue(Headers.BodyEncoding, out var encoding))
            {
                throw new UnreadableMessageException(
                    $"The body of '{row.Name}' was not JSON when it arrived; its bytes are kept as {encoding} in the value. "
                        + "Publish it again as JSON, or delete it."
                );
            }
            if (handler.ValueType is not { } type)
                return (headers, null);
            if (!MessageContent.IsNull(json.Span))
                return (headers, serializer.Deserialize(json, type));
            return (headers, type.IsValueType ? Activator.CreateInstance(type) : null);
        }
        catch (Exception e) when (e is not UnreadableMessageException)
        {
            throw new UnreadableMessageException(
                $"The value of '{row.Name}' cannot be read as {handler.ValueType} for {handler}: {e.Message} "
                    + "Deploy a handler that can read it and retry the message, or delete it.",
                e
            );
        }
    }

    private sealed record Call(
        Subscriber Subscriber,
        Message Message,
        CapHeader Header,
        string Group,
        IServiceProvider Services,
        Func<DueMessage, bool> MayStart,
        CancellationToken Stop
    )
    {
        public HandlerMethod Handler => Subscriber.Handler;
    }

    private static partial class Log
    {
        [LoggerMessage(171, LogLevel.Debug, "{Lane}: '{Name}' {MessageId} goes to {Handler}")]
        public static partial void Handling(ILogger logger, Lane lane, string name, string messageId, HandlerMethod handler);

        [LoggerMessage(172, LogLevel.Warning, "{Lane}: '{Name}' {MessageId} was settled elsewhere; what the handler did here is rolled back")]
        public static partial void SettledElsewhere(ILogger logger, Lane lane, string name, string messageId);

        [LoggerMessage(
            173,
            LogLevel.Warning,
            "Group {Group}: '{Name}' {MessageId}: {Handler} runs for longer than its {Limit}. Its token is cancelled; the message is its own until it ends"
        )]
        public static partial void OverTime(
            ILogger logger,
            Exception? error,
            string group,
            string name,
            string messageId,
            HandlerMethod handler,
            TimeSpan limit
        );

        [LoggerMessage(174, LogLevel.Debug, "{Lane}: the handler of '{Name}' {MessageId} is not called: when its transaction was opened, the row was no longer this node's to start")]
        public static partial void NotCalled(ILogger logger, Exception? error, Lane lane, string name, string messageId);
    }
}
