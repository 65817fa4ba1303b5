using Cap.Messages;
using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>Finds what somebody should look at, in what this node knows and in what all nodes have written.</summary>
internal static class Warnings
{
    private static readonly TimeSpan LongTransaction = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongDue = TimeSpan.FromMinutes(1);

    public static IReadOnlyList<Warning> Find(Sources sources, Overview seen)
    {
        var (published, received, backlogs, cluster, database, _) = seen;
        var found = new List<Warning>();
        if (!sources.Bootstrapper.IsStarted)
            found.Add(new("Cap is not started in this process.", true));
        else if (sources.Gate.Away is { } away)
            found.Add(new($"The broker ({sources.Transport.Description}) does not answer since {Show.Time(away.Since)} UTC: {away.Reason} Messages wait in the outbox.", true));
        else if (BrokerState.Of(sources) is { IsAnswering: null } broker)
            found.Add(new($"The broker ({broker.Description}): {broker.Text}.", false));
        found.AddRange(sources.Troubles.Now.Select(t => new Warning($"This node: {t.What} since {Show.Time(t.Since)} UTC: {t.Reason}", t.StopsWork)));
        foreach (var fault in new[] { cluster.Fault, backlogs.Fault, database.Fault, published.Fault, received.Fault }.OfType<string>().Distinct())
            found.Add(new($"The database ({sources.Storage.Description}) does not answer: {fault}", true));
        if (cluster.Value is { } nodes)
            found.AddRange(OfNodes(nodes, backlogs.Value ?? []));
        if (database.Value is { OldestTransaction: { } open } state && open >= LongTransaction)
            found.Add(new($"A transaction is open for {Show.Duration(open)} ({state.OldestTransactionOf}). While it is, the database can clean up nothing that ended later.", false));
        foreach (var backlog in (backlogs.Value ?? []).Where(b => b.OldestAge >= LongDue))
        {
            found.Add(new(
                $"{backlog.Lane}: {Show.Number(backlog.Due)}{(backlog.IsAtLeast ? "+" : "")} messages are due, the oldest for {Show.Duration(backlog.OldestAge)}.",
                false,
                Addresses.List(backlog.Lane.Type, StatusName.Scheduled)));
        }
        // What is not known is not remembered as nothing.
        foreach (var (now, before, since) in backlogs.Value is { } due ? sources.Trend.Note(due, backlogs.At) : [])
        {
            found.Add(new(
                $"{now.Lane}: the backlog grows. {Show.Number(now.Due)}{(now.IsAtLeast ? "+" : "")} messages are due, {Show.Number(before)} were {Show.Duration(since)} ago.",
                false,
                Addresses.List(now.Lane.Type, StatusName.Scheduled)));
        }
        AddFailed(MessageType.Publish, published.Value);
        AddFailed(MessageType.Subscribe, received.Value);
        return found;

        void AddFailed(MessageType type, MessageCounts? counts)
        {
            if (counts is { Failed: > 0 })
                found.Add(new($"{Show.Count(counts.Failed, counts.IsFailedAtLeast)} {Show.Address(type)} {(counts.Failed == 1 ? "message was given up and waits" : "messages were given up and wait")} for a person.", false, Addresses.List(type, StatusName.Failed)));
        }
    }

    private static IEnumerable<Warning> OfNodes(Cluster cluster, IReadOnlyList<Backlog> backlogs)
    {
        foreach (var paused in cluster.Paused)
            yield return new($"{paused.Lane} is paused by {paused.By} since {Show.Time(paused.Since)} UTC.", false, "subscribers");
        foreach (var node in cluster.Nodes.Where(n => n.ExpiresAt <= cluster.Now))
            yield return new($"Node {node.Name} has sent no heartbeat in time; its shards were or will be taken over.", false, "nodes");
        foreach (var node in cluster.Nodes.Where(n => n.ExpiresAt > cluster.Now && n.Troubles.Length > 0))
            yield return new($"Node {node.Name}: {node.Troubles}", false, "nodes");
        foreach (var backlog in backlogs.Where(b => b.Due > 0 && !cluster.Nodes.Any(n => n.ExpiresAt > cluster.Now && n.Lanes.Contains(b.Lane))))
            yield return new($"No node works {backlog.Lane}, which has messages.", true, "nodes");
    }
}
