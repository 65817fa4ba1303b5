using Cap.Conformance;
using Cap.Messages;
using Dapper;

namespace Cap.Sqlite.Tests;

public sealed class ViewTests
{
    [Fact]
    public async Task The_outbox_can_be_queried()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        await storage.PublishAsync(
            new(
                Sample.Outbox,
                [
                    Sample.Message("succeeded"),
                    Sample.Message("failed"),
                    Sample.Message("waiting"),
                    Sample.Message("delayed") with { Delay = TimeSpan.FromHours(1) },
                    Sample.Message("fresh") with { Content = Sample.Content("{\"Amount\":12}") },
                ],
                null),
            default);
        await storage.SettleAsync(
            new(Sample.Outbox, [1], [new(2, Sample.Attempt(), null, TimeSpan.FromDays(1)), new(3, Sample.Attempt(), TimeSpan.FromHours(1), default)]),
            default);

        using var connection = file.Connect();
        var rows = connection.Query("SELECT * FROM cap_published ORDER BY Id").Cast<IDictionary<string, object?>>().ToList();
        Assert.Equal(["Id", "Version", "Name", "Content", "Retries", "Added", "ExpiresAt", "StatusName"], rows[0].Keys);
        Assert.Equal(["Succeeded", "Failed", "Scheduled", "Delayed", "Scheduled"], rows.Select(row => row["StatusName"]));
        Assert.Equal(["succeeded", "failed", "waiting", "delayed", "fresh"], rows.Select(row => row["Name"]));
        Assert.Equal([0L, 1L, 1L, 0L, 0L], rows.Select(row => row["Retries"]));
        Assert.All(rows, row => Assert.Equal("v1", row["Version"]));
        Assert.Equal([true, true, false, false, false], rows.Select(row => row["ExpiresAt"] is not null));

        var stored = (await storage.FindAsync(new() { Type = MessageType.Publish, Id = 1 }, default))[0];
        Assert.Equal(stored.Added.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null), rows[0]["Added"]);
        Assert.Equal(stored.ExpiresAt?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null), rows[0]["ExpiresAt"]);
        Assert.Equal(12, connection.ExecuteScalar<int>("SELECT json_extract(Content, '$.Value.Amount') FROM cap_published WHERE Name = 'fresh'"));
    }

    [Fact]
    public async Task The_inbox_can_be_queried()
    {
        await using var file = new TestFile();
        var storage = await file.StartAsync();
        await storage.ReceiveAsync([Sample.Incoming(), Sample.Incoming() with { Rejected = Sample.Attempt(), RejectedKeepTime = TimeSpan.FromDays(1) }], default);

        using var connection = file.Connect();
        var rows = connection.Query("SELECT * FROM cap_received ORDER BY Id").Cast<IDictionary<string, object?>>().ToList();
        Assert.Equal(["Id", "Version", "Name", "Group", "Content", "Retries", "Added", "ExpiresAt", "StatusName"], rows[0].Keys);
        Assert.All(rows, row => Assert.Equal("billing.v1", row["Group"]));
        Assert.All(rows, row => Assert.Equal("v1", row["Version"]));
        Assert.Equal(["Scheduled", "Failed"], rows.Select(row => row["StatusName"]));
    }
}
