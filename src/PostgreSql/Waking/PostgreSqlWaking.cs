using System.Data;
using Cap.Storage;
using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Nodes wake each other by LISTEN and NOTIFY, always outside the application's transactions: a NOTIFY makes commits queue.</summary>
internal sealed class PostgreSqlWaking(Database database, Tables tables, bool listens)
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    // In front of each notification, to pass over one's own.
    private readonly string _node = $"{Guid.NewGuid():N}/";

    public async Task NotifyAsync(IReadOnlyCollection<Lane> lanes, CancellationToken stop)
    {
        string[] payloads = lanes.Count == 0 ? [_node] : [.. lanes.Select(lane => _node + Lanes.Write(lane))];
        var connection = await database.OpenAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        using var command = new NpgsqlCommand("SELECT pg_notify($1, p) FROM unnest($2) p", connection)
        {
            Parameters = { Parameter.Text(tables.Channel), Parameter.ArrayOf(payloads, NpgsqlDbType.Text) },
        };
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }

    public async Task ListenAsync(Action<Lane?> wake, CancellationToken stop)
    {
        if (!listens)
            return;
        var connection = await database.OpenLastingAsync(stop).ConfigureAwait(false);
        await using var _ = connection.ConfigureAwait(false);
        NotificationEventHandler heard = (_, notification) =>
        {
            if (!notification.Payload.StartsWith(_node, StringComparison.Ordinal))
                wake(Lanes.Read(notification.Payload[(notification.Payload.IndexOf('/', StringComparison.Ordinal) + 1)..]));
        };
        connection.Notification += heard;
        try
        {
            await RunAsync(connection, $"LISTEN {tables.Channel}", stop).ConfigureAwait(false);

            // What was said while nobody listened here is lost.
            wake(null);
            while (true)
            {
                // A connection that died silently shows when something is asked of it.
                if (!await connection.WaitAsync(KeepAlive, stop).ConfigureAwait(false))
                    await RunAsync(connection, "SELECT 1", stop).ConfigureAwait(false);
            }
        }
        finally
        {
            connection.Notification -= heard;
            await UnlistenAsync(connection).ConfigureAwait(false);
        }
    }

    /// <summary>The connection may come from the application's pool and go back there.</summary>
    private async Task UnlistenAsync(NpgsqlConnection connection)
    {
        try
        {
            if (connection.FullState == ConnectionState.Open)
                await RunAsync(connection, $"UNLISTEN {tables.Channel}", CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // It is lost, and with it what it listened to. Why is what the caller hears about.
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
    }
}
