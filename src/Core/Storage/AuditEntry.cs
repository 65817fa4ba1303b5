using Cap.Messages;

namespace Cap.Storage;

/// <summary>Something a person did.</summary>
/// <param name="By">Who.</param>
/// <param name="What">What was done: <c>retry</c>, <c>delete</c>, <c>pause</c> …</param>
/// <param name="On">To what: the rows, the filter, or the group.</param>
/// <param name="Changed">How many rows really changed.</param>
public sealed record AuditEntry(string By, string What, string On, long Changed)
{
    /// <summary>Number of the entry; grows. 0 for one that is to be written.</summary>
    public long Id { get; init; }

    /// <summary>When it was done, UTC, by the database's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Rows that an entry names; of more it says how many.</summary>
    private const int NamedRows = 20;

    /// <summary>The entry of an action on rows.</summary>
    public static AuditEntry Of(MessageAction action, long changed)
    {
        ArgumentNullException.ThrowIfNull(action);
        var ids = action.Ids.Distinct().Order().ToList();
        var more = ids.Count > NamedRows ? $" and {ids.Count - NamedRows} more" : "";
        var side = action.Type == MessageType.Publish ? "published" : "received";
        return new(action.By, Word(action.Kind), $"{side} {string.Join(", ", ids.Take(NamedRows))}{more}", changed);
    }

    /// <summary>The entry of a pause or its end.</summary>
    public static AuditEntry Of(PauseRequest request, long changed)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new(request.By, request.IsPaused ? "pause" : "resume", request.Lane.ToString(), changed);
    }

    /// <summary>The entry of an operation that starts: its filter, and how many messages were shown to fit.</summary>
    public static AuditEntry OfStart(Operation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return new(operation.By, $"start {Word(operation.Kind)}", $"operation {operation.Id}: {operation.Query}; {operation.Expected} counted", 0);
    }

    /// <summary>The entry of an operation that ends.</summary>
    public static AuditEntry OfEnd(OperationEnd end, long changed)
    {
        ArgumentNullException.ThrowIfNull(end);
        var what = end.State switch { OperationState.Done => "finish", OperationState.Stopped => "stop", _ => "fail" };
        return new(end.By, what, $"operation {end.Id}", changed);
    }

    private static string Word(MessageActionKind kind) => kind switch
    {
        MessageActionKind.Retry => "retry",
        MessageActionKind.Cancel => "cancel",
        _ => "delete",
    };
}
