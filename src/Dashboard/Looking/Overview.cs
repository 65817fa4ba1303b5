using Cap.Storage;

namespace Cap.Dashboard;

/// <summary>What the overview wants to know of the database.</summary>
internal sealed record Overview(
    Known<MessageCounts> Published,
    Known<MessageCounts> Received,
    Known<IReadOnlyList<Backlog>> Backlogs,
    Known<Cluster> Cluster,
    Known<DatabaseState> Database,
    Known<History> History)
{
    /// <summary>Asks for all of it at once: a database that does not answer costs <see cref="Ask.Patience"/> once, and not for each.</summary>
    public static async Task<Overview> LookAsync(Sources sources)
    {
        var (published, received, backlogs) = (sources.Published.GetAsync(), sources.Received.GetAsync(), sources.Backlogs.GetAsync());
        var (cluster, database, history) = (sources.Cluster.GetAsync(), sources.Database.GetAsync(), sources.History.GetAsync());
        return new(
            await published.ConfigureAwait(false),
            await received.ConfigureAwait(false),
            await backlogs.ConfigureAwait(false),
            await cluster.ConfigureAwait(false),
            await database.ConfigureAwait(false),
            await history.ConfigureAwait(false));
    }
}
