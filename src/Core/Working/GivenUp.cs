using System.Text;
using Cap.Messages;
using Cap.Monitoring;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cap.Working;

/// <summary>Counts each message that was given up, and tells the log and the application's callback about it.</summary>
internal sealed partial class GivenUp(CapOptions options, IServiceScopeFactory scopes, Statistics statistics, ILogger<GivenUp> log)
{
    public void Report(Lane lane, string name, string messageId, ReadOnlyMemory<byte> content, Attempt attempt)
    {
        statistics.Of(lane).GaveUp();
        Log.GaveUp(log, lane, name, messageId, attempt.Number, attempt.Error);
        if (options.FailedThresholdCallback is not { } callback)
            return;
        try
        {
            using var scope = scopes.CreateScope();
            callback(new(scope.ServiceProvider, lane.Type, Read(name, messageId, content), attempt.Error));
        }
        catch (Exception e)
        {
            Log.CallbackFailed(log, e, name, messageId);
        }
    }

    private static Message Read(string name, string messageId, ReadOnlyMemory<byte> content)
    {
        try
        {
            var (headers, value) = MessageContent.Read(content);
            return new(headers, Encoding.UTF8.GetString(value.Span));
        }
        catch (Exception)
        {
            var headers = new Dictionary<string, string?> { [Headers.MessageId] = messageId, [Headers.MessageName] = name };
            return new(headers, Encoding.UTF8.GetString(content.Span));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(141, LogLevel.Error, "{Lane}: gave up '{Name}' {MessageId} after {Number} attempts; it waits for a person. {Error}")]
        public static partial void GaveUp(ILogger logger, Lane lane, string name, string messageId, int number, string error);

        [LoggerMessage(142, LogLevel.Error, "FailedThresholdCallback threw for '{Name}' {MessageId}")]
        public static partial void CallbackFailed(ILogger logger, Exception error, string name, string messageId);
    }
}
