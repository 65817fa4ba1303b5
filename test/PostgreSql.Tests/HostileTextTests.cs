using Cap.Conformance;
using Cap.Messages;

namespace Cap.PostgreSql.Tests;

/// <summary>PostgreSQL takes neither U+0000 nor half a surrogate pair. What comes from outside may hold both.</summary>
public sealed class HostileTextTests
{
    [Fact]
    public async Task A_hostile_message_does_not_keep_its_batch_from_being_stored()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var hostile = Sample.Incoming("id\0\ud800x", key: "key\0") with { Name = "name\udc00\0" };
        var huge = Sample.Incoming(new string('世', 100_000));
        var ids = await storage.ReceiveAsync([Sample.Incoming(), hostile, huge, Sample.Incoming()], default);
        Assert.DoesNotContain(null, ids);
        Assert.All(await storage.ReceiveAsync([hostile, huge], default), Assert.Null);
        Assert.Contains("name\ufffd\ufffd", (await TestSchema.FetchAsync(storage, Sample.Inbox)).Select(m => m.Name));
    }

    [Fact]
    public async Task Any_error_can_be_kept()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var id = (await storage.ReceiveAsync([Sample.Incoming()], default))[0]!.Value;
        await storage.SettleAsync(
            new(Sample.Inbox, [], [new(id, Sample.Attempt(error: "\0 broken \ud83d\ude00 \ud83d"), TimeSpan.Zero, TimeSpan.Zero)]), default);
        Assert.Equal("\ufffd broken 😀 \ufffd", Assert.Single(await storage.GetAttemptsAsync(MessageType.Subscribe, id, default)).Error);
    }
}
