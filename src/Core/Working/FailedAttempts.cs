using Cap.Monitoring;
using Cap.Retrying;
using Cap.Storage;
using Microsoft.Extensions.Logging;

namespace Cap.Working;

/// <summary>Composes the failed attempts of one lane, with what follows from each, and tells of those that are written.</summary>
internal sealed partial class FailedAttempts(Lane lane, CapOptions options, GivenUp givenUp, LaneCounts counts, ILogger log)
{
    /// <summary>The attempt to be written down, and whether and when there is another.</summary>
    public Outcome Compose(DueMessage row, DateTimeOffset began, TimeSpan duration, Exception error)
    {
        counts.Failed();
        var number = row.Retries + 1;
        var next = RetryRule.NextTry(options, number, error is UnreadableMessageException);
        var attempt = new Attempt(number, began, options.NodeName, duration, TextOf(error));
        if (next is not null)
            Log.AttemptFailed(log, attempt.Error, lane, row.Name, row.MessageId, number, next.Value);
        return new(row, new(row.Id, attempt, next, options.FailedMessageExpiredAfter) { KeepAttempts = options.KeptAttemptCount });
    }

    /// <summary>Tells of the messages that were given up, now that it is written.</summary>
    /// <param name="batch">What was written.</param>
    /// <param name="counted">The rows whose failed attempt counts.</param>
    public void Tell(IReadOnlyList<Outcome> batch, IReadOnlySet<long> counted)
    {
        foreach (var (row, failure) in batch)
        {
            if (failure is null)
                continue;
            // One that was settled elsewhere meanwhile, or deleted, does not wait for a person, whatever became of the last try here.
            if (!counted.Contains(row.Id))
                Log.AttemptDoesNotCount(log, lane, row.Name, row.MessageId, failure.Attempt.Number);
            else if (failure.RetryIn is null)
                givenUp.Report(lane, row.Name, row.MessageId, row.Content, failure.Attempt);
        }
    }

    /// <summary>An exception's own text may throw; the attempt must be written all the same.</summary>
    private static string TextOf(Exception error)
    {
        try
        {
            return error.ToString();
        }
        catch (Exception e)
        {
            return $"{error.GetType()} (its text threw {e.GetType()})";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(133, LogLevel.Warning, "{Lane}: attempt {Number} at '{Name}' {MessageId} failed; next in {Next}. {Error}")]
        public static partial void AttemptFailed(ILogger logger, string error, Lane lane, string name, string messageId, int number, TimeSpan next);

        [LoggerMessage(
            134,
            LogLevel.Information,
            "{Lane}: the failed attempt {Number} at '{Name}' {MessageId} does not count: the message was settled or deleted meanwhile"
        )]
        public static partial void AttemptDoesNotCount(ILogger logger, Lane lane, string name, string messageId, int number);
    }
}
