using Cap.Messages;

namespace Cap.Sqlite;

/// <summary>The names of the tables. The prefix was checked to be an identifier; it is the only text that is put into SQL.</summary>
internal sealed class Tables(string prefix)
{
    public string Prefix { get; } = prefix;

    public string Setting { get; } = prefix + "setting";

    public string Lane { get; } = prefix + "lane";

    public string Seen { get; } = prefix + "received_seen";

    public string Attempt { get; } = prefix + "attempt";

    public string Node { get; } = prefix + "node";

    public string Lease { get; } = prefix + "lease";

    public string NodeState { get; } = prefix + "node_state";

    public string Paused { get; } = prefix + "paused";

    public string Statistics { get; } = prefix + "statistics";

    public string Audit { get; } = prefix + "audit";

    public string Operation { get; } = prefix + "operation";

    public string Signal { get; } = prefix + "signal";

    /// <summary>Messages, written once.</summary>
    public string Log(MessageType type) => View(type) + "_log";

    /// <summary>Work: one narrow row for each unsettled message.</summary>
    public string Due(MessageType type) => View(type) + "_due";

    /// <summary>What people may query.</summary>
    public string View(MessageType type) => Prefix + (type == MessageType.Publish ? "published" : "received");
}
