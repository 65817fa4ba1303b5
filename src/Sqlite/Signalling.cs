using Cap.Storage;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>
/// Lets processes on the same file wake each other: the notifier counts up a row, the listener sees cheaply that the file changed
/// and then which count did. This node's own writes change the file too, so that alone must not wake anybody.
/// </summary>
internal sealed class Signalling(Database database, Lanes lanes, TimeProvider time)
{
    private const long LeasesFreed = 0;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly string _notify = $"""
        INSERT INTO {database.Tables.Signal} (Lane, Count) VALUES ($lane, 1) ON CONFLICT (Lane) DO UPDATE SET Count = Count + 1
        """;

    public Task NotifyAsync(IReadOnlyCollection<Lane> notified, CancellationToken stop) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                using var notify = new Statement(connection, transaction, _notify);
                foreach (var lane in notified)
                    notify.Run(("$lane", lanes.FindOrAdd(connection, transaction, lane)));
                if (notified.Count == 0)
                    notify.Run(("$lane", LeasesFreed));
                return notified.Count;
            },
            stop);

    /// <summary>Runs until stopped.</summary>
    public async Task ListenAsync(Action<Lane?> wake, CancellationToken stop)
    {
        using var connection = database.Open();
        using var dataVersion = new Statement(connection, null, "PRAGMA data_version");
        var version = dataVersion.Number();
        var counts = Read(connection);
        while (true)
        {
            await Task.Delay(Interval, time, stop).ConfigureAwait(false);
            var newVersion = dataVersion.Number();
            if (newVersion == version)
                continue;
            version = newVersion;
            var newCounts = Read(connection);
            var changed = newCounts.Where(c => counts.GetValueOrDefault(c.Key) != c.Value).Select(c => c.Key).ToList();
            counts = newCounts;
            if (changed.Count > 0)
                Wake(wake, changed, connection);
        }
    }

    private void Wake(Action<Lane?> wake, List<long> changed, SqliteConnection connection)
    {
        var known = lanes.All(connection, null);
        foreach (var number in changed)
            wake(number == LeasesFreed ? null : known[number]);
    }

    private readonly string _read = $"""
        SELECT Lane, Count FROM {database.Tables.Signal}
        """;

    private Dictionary<long, long> Read(SqliteConnection connection)
    {
        using var read = new Statement(connection, null, _read);
        return read.All(row => (Lane: row.GetInt64(0), Count: row.GetInt64(1))).ToDictionary(r => r.Lane, r => r.Count);
    }
}
