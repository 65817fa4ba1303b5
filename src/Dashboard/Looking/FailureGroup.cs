using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Messages that were given up for the same reason.</summary>
/// <param name="Type">Outbox or inbox.</param>
/// <param name="Name">Their name.</param>
/// <param name="Group">The group that failed; null in the outbox.</param>
/// <param name="Error">The first line of their last errors, with a sign for what differs.</param>
/// <param name="Search">The longest part of it that is the same in all, to search for.</param>
/// <param name="Count">How many.</param>
/// <param name="Oldest">When the oldest was stored.</param>
/// <param name="Newest">When the newest was stored.</param>
public sealed record FailureGroup(MessageType Type, string Name, string? Group, string Error, string Search, int Count, DateTimeOffset Oldest, DateTimeOffset Newest)
{
    /// <summary>The list of these messages.</summary>
    public string Address => Addresses.List(new MessageQuery { Type = Type, Status = StatusName.Failed, Name = Name, Group = Group, Error = Search.Length > 0 ? Search : null });
}
