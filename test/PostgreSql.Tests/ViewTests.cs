using Cap.Conformance;

namespace Cap.PostgreSql.Tests;

public sealed class ViewTests
{
    [Fact]
    public async Task The_views_have_the_columns_people_know()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.StartAsync();
        Assert.Equal(
            ["published|Id,Version,Name,Content,Retries,Added,ExpiresAt,StatusName", "received|Id,Version,Name,Group,Content,Retries,Added,ExpiresAt,StatusName"],
            await schema.ReadAsync($"""
                SELECT table_name, string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns
                WHERE table_schema = '{schema.Options.Schema}' AND table_name IN ('published', 'received') GROUP BY 1 ORDER BY 1
                """));
    }

    [Fact]
    public async Task The_views_show_what_became_of_each_message()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await TestSchema.PublishAsync(
            storage,
            Sample.Message("1 scheduled"), Sample.Message("2 delayed") with { Delay = TimeSpan.FromHours(1) }, Sample.Message("3 failed"), Sample.Message("4 succeeded"));
        var ids = (await storage.FindAsync(new() { Type = Messages.MessageType.Publish }, default)).ToDictionary(m => m.Name[2..], m => m.Id);
        await storage.SettleAsync(
            new(
                Sample.Outbox,
                [],
                [
                    new(ids["failed"], Sample.Attempt(), null, TimeSpan.FromDays(2)),
                    new(ids["succeeded"], Sample.Attempt(), TimeSpan.Zero, TimeSpan.Zero),
                ]),
            default);
        await storage.SettleAsync(new(Sample.Outbox, [ids["succeeded"]], []), default);
        await storage.ReceiveAsync([Sample.Incoming(), Sample.Incoming(lane: new(Messages.MessageType.Subscribe, "eu.billing.v2"))], default);

        Assert.Equal(
            ["v1|1 scheduled|0||Scheduled", "v1|2 delayed|0||Delayed", "v1|3 failed|1|True|Failed", "v1|4 succeeded|1|True|Succeeded"],
            await schema.ReadAsync($"""
                SELECT "Version", "Name", "Retries",
                  CASE "StatusName" WHEN 'Succeeded' THEN "ExpiresAt" = "Added" + interval '1 hour'
                    WHEN 'Failed' THEN "ExpiresAt" BETWEEN now() + interval '47 hours' AND now() + interval '48 hours' END, "StatusName"
                FROM {schema.Tables.Published.View} ORDER BY "Name"
                """));
        Assert.Equal(
            ["v1|order.placed|billing.v1|1|Scheduled", "v2|order.placed|eu.billing.v2|1|Scheduled"],
            await schema.ReadAsync($"""SELECT "Version", "Name", "Group", "Content"::json ->> 'Value', "StatusName" FROM {schema.Tables.Received.View} ORDER BY 1"""));
    }
}
