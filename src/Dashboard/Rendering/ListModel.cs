using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What a list shows.</summary>
/// <param name="Shell">Around it.</param>
/// <param name="Query">What is looked for.</param>
/// <param name="Faults">What of it could not be understood.</param>
/// <param name="Page">What was found; not known when the database does not answer.</param>
/// <param name="Counts">How many there are in each state.</param>
public sealed record ListModel(
    ShellModel Shell, MessageQuery Query, IReadOnlyList<string> Faults, Known<MessagePage> Page, Known<MessageCounts> Counts)
{
    /// <summary>Whether anything but the state is asked for.</summary>
    public bool IsFiltered =>
        Query is not { Name: null, NamePattern: null, Group: null, Key: null, MessageId: null, AddedFrom: null, AddedBefore: null, Header: null, Text: null, Error: null };

    /// <summary>
    /// Whether what was found may be acted on: settled messages may not, nor those of a search of which something was not understood, since
    /// they are more than were meant.
    /// </summary>
    public bool IsActionable => Faults.Count == 0 && Shell.MayOperate && Query.Status is (StatusName.Failed or StatusName.Scheduled or StatusName.Delayed);
}
