using Cap.Conformance;
using Cap.Messages;
using Cap.Storage;

namespace Cap.PostgreSql.Tests;

/// <summary>However much is stored and whatever is looked for, a page looks at a bounded number of rows, and says how far it has come.</summary>
public sealed class SearchTests
{
    [Fact]
    public async Task A_search_for_something_rare_goes_on_where_it_stopped()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await TestSchema.PublishAsync(storage, Sample.Message("needle"));
        await HayAsync(storage, PostgreSqlFinding.LogWindow + 10);
        var query = new MessageQuery { Type = MessageType.Publish, NamePattern = "needle" };

        var first = await storage.Monitoring.FindAsync(query, default);
        Assert.Empty(first.Messages);
        Assert.NotNull(first.SearchedTo);
        var second = await storage.Monitoring.FindAsync(query with { From = first.Next }, default);
        Assert.Single(second.Messages);
        Assert.Null(second.Next);
        Assert.Null(second.SearchedTo);
    }

    [Fact]
    public async Task An_id_is_found_at_once_by_the_time_in_it()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var needle = Sample.Message("needle");
        await TestSchema.PublishAsync(storage, needle);
        // Its time is over, as far as the database can tell.
        await schema.ExecuteAsync($"""UPDATE {schema.Tables.Published.Log} SET "Added" = "Added" - interval '1 hour'""");
        var made = MessageId.TimeOf(needle.MessageId)!.Value - TimeSpan.FromHours(1);
        var id = $"{made.ToUnixTimeSeconds():x8}{needle.MessageId[8..]}";
        await schema.ExecuteAsync($"""UPDATE {schema.Tables.Published.Log} SET "MessageId" = '{id}'""");
        await HayAsync(storage, PostgreSqlFinding.LogWindow + 10);

        var page = await storage.Monitoring.FindAsync(new() { Type = MessageType.Publish, MessageId = id }, default);
        Assert.Equal("needle", Assert.Single(page.Messages).Name);
    }

    [Fact]
    public async Task Unsettled_messages_are_looked_through_in_pieces_too()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await TestSchema.PublishAsync(storage, Sample.Message("needle"));
        await HayAsync(storage, PostgreSqlFinding.DueWindow + 10);
        var query = new MessageQuery { Type = MessageType.Publish, Status = StatusName.Scheduled, NamePattern = "needle" };

        var first = await storage.Monitoring.FindAsync(query, default);
        Assert.Empty(first.Messages);
        Assert.Single((await storage.Monitoring.FindAsync(query with { From = first.Next }, default)).Messages);
    }

    [Fact]
    public async Task An_open_transaction_shows_with_its_age_and_whose_it_is()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await using var connection = await schema.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var look = new Npgsql.NpgsqlCommand("SELECT txid_current()", connection);
        await look.ExecuteScalarAsync();
        var state = await storage.Monitoring.GetDatabaseStateAsync(default);
        Assert.NotNull(state.OldestTransaction);
        Assert.Contains("process", state.OldestTransactionOf, StringComparison.Ordinal);
        Assert.StartsWith("PostgreSQL ", state.Version, StringComparison.Ordinal);
        Assert.True(state.Bytes > 0);
    }

    private static async Task HayAsync(PostgreSqlStorage storage, int count)
    {
        for (var left = count; left > 0; left -= 5000)
            await TestSchema.PublishAsync(storage, [.. Enumerable.Range(0, Math.Min(left, 5000)).Select(_ => Sample.Message("hay"))]);
    }
}
