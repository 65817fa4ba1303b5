using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the first page shows.</summary>
public sealed record OverviewModel(
    ShellModel Shell,
    IReadOnlyList<Warning> Warnings,
    Known<MessageCounts> Published,
    Known<MessageCounts> Received,
    Known<IReadOnlyList<Backlog>> Backlogs,
    Known<Cluster> Cluster,
    Known<DatabaseState> Database,
    Known<History> History,
    string Storage,
    BrokerState Broker)
{
    /// <summary>The counts of a type.</summary>
    public Known<MessageCounts> CountsOf(MessageType type) => type == MessageType.Publish ? Published : Received;
}
