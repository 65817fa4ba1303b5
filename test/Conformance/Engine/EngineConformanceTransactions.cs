using Cap.Messages;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Conformance;

public abstract partial class EngineConformance
{
    [Fact]
    public async Task What_a_transactional_handler_publishes_leaves_once_with_its_last_attempt()
    {
        var node = await StartAsync();
        Script.On(
            "transactional",
            async call =>
            {
                await node.Publisher.PublishAsync("plain", "from inside", cancellationToken: Stop);
                // After the effect: only a rollback can keep the message in.
                ThrowUntil(call, 3);
            }
        );
        await node.Publisher.PublishAsync("transactional", "v", cancellationToken: Stop);
        await Script.EndedAsync("one");
        await node.SettledAsync();
        Assert.Equal(3, Script.Begins("transactional", "v"));
        Assert.Equal(["from inside"], Script.Values("one"));
    }

    [Fact]
    public async Task A_filter_that_forgives_a_transactional_handler_does_not_commit_it()
    {
        var node = await StartAsync(build: builder =>
        {
            builder.AddSubscribeFilter<Outer>();
            builder.Services.AddSingleton<FilterLog>();
        });
        Script.On(
            "transactional",
            async call =>
            {
                await node.Publisher.PublishAsync("plain", "half done", cancellationToken: Stop);
                throw new InvalidOperationException("forgive me");
            }
        );
        await node.Publisher.PublishAsync("transactional", "v", cancellationToken: Stop);
        await Script.BegunAsync("transactional");
        await node.SettledAsync();
        Assert.Equal(1, Script.Begins("transactional", "v"));
        Assert.Equal(0, Script.Begins("one", "half done"));
    }

    [Fact]
    public async Task A_handler_cannot_end_caps_transaction_itself()
    {
        var node = await StartAsync(cap => cap.FailedRetryCount = 1);
        Script.On("transactional", call => call.Transaction!.CommitAsync(Stop));
        await node.Publisher.PublishAsync("transactional", "v", cancellationToken: Stop);
        var row = await node.FindAsync(MessageType.Subscribe, "transactional", StatusName.Failed);
        var attempt = Assert.Single(await node.Storage.GetAttemptsAsync(MessageType.Subscribe, row.Id, Stop));
        Assert.Contains("return to commit, throw to roll back", attempt.Error, StringComparison.Ordinal);
    }
}
