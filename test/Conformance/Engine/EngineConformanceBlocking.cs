using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Theory]
    [InlineData(MessageActionKind.Retry)]
    [InlineData(MessageActionKind.Delete)]
    public async Task The_message_that_blocks_a_key_is_found_and_a_person_lets_the_key_go_on_in_order(MessageActionKind kind)
    {
        var node = await StartAsync(cap => cap.FailedRetryCount = 2);
        var broken = true;
        Script.On(
            "keyed",
            call =>
            {
                if (call.Value == "2" && Volatile.Read(ref broken))
                    throw new InvalidOperationException("broken");
            }
        );
        await node.Publisher.PublishAsync(
            [
                .. Enumerable.Range(0, 10).Select(i => new OutgoingMessage("keyed", $"{i}", new() { Key = "stuck" })),
                new("keyed", "free", new() { Key = "other" }),
            ],
            Stop
        );
        await node.FindAsync(MessageType.Subscribe, "keyed", StatusName.Failed);
        await Script.EndedAsync("keyed", 3);

        var group = (await node.Storage.FindAsync(new() { Type = MessageType.Subscribe, Key = "other" }, Stop)).Single().Group;
        var blocking = new MessageQuery { Type = MessageType.Subscribe, Group = group, Key = "stuck", IsBlocking = true };
        var head = Assert.Single(await node.Storage.FindAsync(blocking, Stop));
        Assert.Equal((StatusName.Failed, 2, "stuck"), (head.StatusName, head.Retries, head.Key));
        Assert.Contains("\"2\"", head.Content, StringComparison.Ordinal);
        Assert.Empty(await node.Storage.FindAsync(blocking with { Key = "other" }, Stop));

        Volatile.Write(ref broken, false);
        Assert.Equal(1, await node.Storage.ActAsync(new(MessageType.Subscribe, kind, [head.Id], "tester"), Stop));
        var rest = Enumerable.Range(0, 10).Where(i => i != 2 || kind == MessageActionKind.Retry).Select(i => $"{i}").ToList();
        await Script.EndedAsync("keyed", rest.Count + 1);
        await node.SettledAsync();
        Assert.Equal(rest, Script.Values("keyed").Where(v => v != "free"));
        Assert.Empty(await node.Storage.FindAsync(blocking, Stop));
    }

    /// <summary>More of one key than a worker takes, before anything else of its shard.</summary>
    [Fact]
    public async Task A_slow_key_holds_up_no_other_key_of_its_shard()
    {
        const int Backlog = 300;
        var node = await StartAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Script.On("keyed", call => call.Value == "0" ? gate.Task : Task.CompletedTask);
        var shard = MessageKey.Shard(MessageKey.Hash("slow")!.Value, 16);
        var others = Enumerable.Range(0, 1000).Select(i => $"{i}").Where(key => MessageKey.Shard(MessageKey.Hash(key)!.Value, 16) == shard).Take(5).ToList();
        await node.Publisher.PublishAsync(Enumerable.Range(0, Backlog).Select(i => new OutgoingMessage("keyed", $"{i}", new() { Key = "slow" })), Stop);
        await Script.BegunAsync("keyed");
        // One after the other through outbox and broker, each with a few round trips: seconds, but not on a machine that runs other suites too.
        await Eventually.BecomesTrueAsync(async () => await StoredAsync(node) == Backlog, within: TimeSpan.FromMinutes(2));
        await node.Publisher.PublishAsync(others.Select(key => new OutgoingMessage("keyed", $"other {key}", new() { Key = key })), Stop);
        await Script.EndedAsync("keyed", others.Count);
        Assert.Equal(others.Select(key => $"other {key}").Order(), Script.Values("keyed").Order());

        gate.SetResult();
        await Script.EndedAsync("keyed", Backlog + others.Count);
        await node.SettledAsync();
        Assert.Equal(Enumerable.Range(0, Backlog).Select(i => $"{i}"), Script.Values("keyed").Skip(others.Count));
    }
}
