using Cap.Conformance;
using Cap.Messages;
using Cap.Servers;
using Npgsql;

namespace Cap.Dashboard.Tests;

/// <summary>No page, and nothing that works beside it, reads a table that grows from one end to the other.</summary>
public sealed class ScanTests
{
    private const int Count = 3_000;

    private static readonly string[] Pages =
    [
        "", "messages?type=published", "messages?type=received", "messages?type=published&state=Delayed", "messages?type=received&state=Failed", "messages?type=received&state=Succeeded&order=oldest",
        "messages?type=published&name=plain", "messages?type=received&name=nothing", "messages?type=received&text=good7", "messages?type=published&header=cap-msg-type%3Dnothing",
        "messages?type=received&error=paid&state=Failed", "messages?type=published&key=nobody", "messages?type=received&since=2020-01-01T00:00", "messages?type=received&group=nobody",
        "confirm?type=published&state=Delayed&kind=cancel", "failures", "subscribers", "nodes", "operations", "audit", "audit?by=nobody", "api/overview",
    ];

    [Fact]
    public async Task No_page_scans_a_table_that_grows()
    {
        string schema;
        await using (var app = await DashboardApp.StartAsync())
        {
            schema = app.Schema;
            await app.FillAsync();
            await app.Publisher.PublishAsync(Enumerable.Range(0, Count).Select(i => new OutgoingMessage("plain", $"good{i}")));
            await app.Publisher.PublishAsync(Enumerable.Range(0, Count).Select(_ => new OutgoingMessage("plain", "later", new() { Delay = TimeSpan.FromHours(1) })));
            await Eventually.BecomesTrueAsync(() => app.Script.Values("one").Count >= Count && app.Script.Values("two").Count >= Count);
            var failed = await app.FailedAsync();
            var delayed = (await app.Storage.Monitoring.FindAsync(new() { Type = MessageType.Publish, Status = StatusName.Delayed }, default)).Messages[0];
            foreach (var page in Pages.Append($"message?type=received&id={failed.Id}").Append($"messages?type=published&id={failed.MessageId}").Append($"messages?type=received&id={failed.MessageId}"))
                await app.GetAsync(page);
            foreach (var (type, id, kind) in new[] { ("received", failed.Id, "retry"), ("published", delayed.Id, "cancel"), ("received", failed.Id, "delete") })
                using (await app.PostAsync("act", ("type", type), ("kind", kind), ("ids", $"{id}"))) { }
            using var started = await app.PostAsync("start", ("type", "published"), ("state", "Delayed"), ("kind", "cancel"));
            await Eventually.BecomesTrueAsync(async () => (await app.ReadAsync("operations")).Contains("✓ Done", StringComparison.Ordinal));
        }
        // Sessions tell what they have read when they end.
        await Eventually.GetAsync(() => CountAsync("select count(*) from pg_stat_activity where application_name = $1", schema), sessions => sessions == 0);
        var read = await ReadAsync(schema);
        Assert.Contains(read.Values, table => table.ByIndex > Count);
        Assert.All(read, table => Assert.True(table.Value.Scanned < Count, $"{table.Key}: {table.Value.Scanned} rows were read by scans."));
    }

    private static async Task<long> CountAsync(string sql, string schema)
    {
        await using var connection = new NpgsqlConnection(await TestServers.PostgresAsync());
        await connection.OpenAsync();
        await using var look = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = schema } } };
        return (long)(await look.ExecuteScalarAsync())!;
    }

    private static async Task<Dictionary<string, (long Scanned, long ByIndex)>> ReadAsync(string schema)
    {
        await using var connection = new NpgsqlConnection(await TestServers.PostgresAsync());
        await connection.OpenAsync();
        await using var look = new NpgsqlCommand(
            "select relname, seq_tup_read, coalesce(idx_scan, 0) from pg_stat_user_tables where schemaname = $1 and relname ~ 'log|due|seen|attempt'", connection)
        {
            Parameters = { new() { Value = schema } },
        };
        await using var reader = await look.ExecuteReaderAsync();
        var tables = new Dictionary<string, (long, long)>();
        while (await reader.ReadAsync())
            tables[reader.GetString(0)] = (reader.GetInt64(1), reader.GetInt64(2));
        return tables;
    }
}
