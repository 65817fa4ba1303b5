using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the page of one message shows.</summary>
/// <param name="Shell">Around it.</param>
/// <param name="Type">Outbox or inbox.</param>
/// <param name="Message">The message.</param>
/// <param name="Content">Its content as the visitor may see it.</param>
/// <param name="Attempts">Its kept failed attempts, oldest first.</param>
/// <param name="OtherSide">The rows with the same message id on the other side.</param>
/// <param name="Answers">Answers to it that were published here.</param>
/// <param name="BlockedBy">The row that holds up its key, if it is another one.</param>
/// <param name="BlocksOthers">Whether it holds up its key.</param>
public sealed record MessageModel(
    ShellModel Shell,
    MessageType Type,
    StoredMessage Message,
    Content Content,
    IReadOnlyList<Attempt> Attempts,
    Known<Related> OtherSide,
    Known<Related> Answers,
    StoredMessage? BlockedBy,
    bool BlocksOthers)
{
    /// <summary>What happened when, oldest first.</summary>
    public IEnumerable<(DateTimeOffset At, string What)> Timeline
    {
        get
        {
            var moments = new List<(DateTimeOffset At, string What)>();
            if (Content.Headers.FirstOrDefault(h => h.Key == Headers.SentTime).Value is { } sent && DateTimeOffset.TryParse(sent, System.Globalization.CultureInfo.InvariantCulture, out var time))
                moments.Add((time, "Published (by the clock of who did)"));
            moments.Add((Message.Added, Type == MessageType.Publish ? "Stored in the outbox" : "Stored in the inbox"));
            moments.AddRange(Attempts.Select(a => (a.At, $"Attempt {a.Number} failed after {Show.Duration(a.Duration)} on {a.Node}")));
            foreach (var row in OtherSide.Value?.Page.Messages ?? [])
                moments.Add((row.Added, Type == MessageType.Publish ? $"Stored in the inbox of {row.Group}" : "Stored in the outbox"));
            foreach (var row in Answers.Value?.Page.Messages ?? [])
                moments.Add((row.Added, $"Answered with '{row.Name}'"));
            if (Message.DueAt is { } due)
                moments.Add((due, Message.StatusName == StatusName.Delayed ? "Falls due" : "Next attempt"));
            if (Message.ExpiresAt is { } expires)
                moments.Add((expires, "Is purged, at the earliest"));
            return moments.OrderBy(m => m.At);
        }
    }
}
