using Cap.Conformance;
using Cap.Messages;

namespace Cap.Core.Tests.Publishing;

public sealed class CapTransactionTests : IAsyncLifetime
{
    private readonly TestNode _node = new(cap => cap.UseInMemory(), _ => { });

    public Task InitializeAsync() => _node.StartAsync(default);

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task It_is_the_publishers_current_one_until_it_ends()
    {
        Assert.Null(_node.Publisher.Transaction);
        await using var transaction = await _node.Publisher.BeginTransactionAsync();
        Assert.Same(transaction, _node.Publisher.Transaction);
        await transaction.CommitAsync();
        Assert.Null(_node.Publisher.Transaction);
    }

    [Fact]
    public async Task It_stays_in_its_own_flow_of_control()
    {
        var begun = new TaskCompletionSource();
        var done = new TaskCompletionSource();
        var other = Task.Run(async () =>
        {
            await using var transaction = await _node.Publisher.BeginTransactionAsync();
            begun.SetResult();
            await done.Task;
        });
        await begun.Task;
        Assert.Null(_node.Publisher.Transaction);
        done.SetResult();
        await other;
    }

    [Fact]
    public async Task Auto_commit_commits_after_the_first_publish()
    {
        await using var transaction = await _node.Publisher.BeginTransactionAsync(autoCommit: true);
        await _node.Publisher.PublishAsync("n", 1);
        Assert.Null(_node.Publisher.Transaction);
        Assert.Single(await _node.Storage.FindAsync(new() { Type = MessageType.Publish }, default));
    }

    [Fact]
    public async Task It_cannot_be_used_after_its_end()
    {
        var transaction = await _node.Publisher.BeginTransactionAsync();
        await transaction.CommitAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
    }

    [Fact]
    public async Task After_an_inner_one_the_outer_one_is_current_again()
    {
        await using var outer = await _node.Publisher.BeginTransactionAsync();
        await using (var inner = await _node.Publisher.BeginTransactionAsync())
            await inner.CommitAsync();
        Assert.Same(outer, _node.Publisher.Transaction);
    }

    /// <summary>It ended behind Cap's back (its connection broke, say): the application still thinks it is inside.</summary>
    [Fact]
    public async Task Publishing_in_one_that_broke_is_refused_and_does_not_leave_alone()
    {
        var broken = new Broken();
        var publisher = (Cap.Publishing.CapPublisher)_node.Publisher;
        publisher.Enter(Cap.Publishing.TransactionOwner.User).Opened(broken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => publisher.PublishAsync("n", 1, (string?)null, default));
        Assert.Empty(await _node.Storage.FindAsync(new() { Type = MessageType.Publish }, default));
    }

    private sealed class Broken : Storage.StorageTransaction
    {
        public override bool IsCompleted => true;

        public override void Commit() => throw new InvalidOperationException();

        public override Task CommitAsync(CancellationToken stop) => throw new InvalidOperationException();

        public override void Rollback() { }

        public override Task RollbackAsync(CancellationToken stop) => Task.CompletedTask;

        public override void Dispose() { }

        public override ValueTask DisposeAsync() => default;
    }

    [Fact]
    public void A_transaction_that_is_not_caps_is_refused_with_the_remedy()
    {
        var error = Assert.Throws<ArgumentException>(() => _node.Publisher.Transaction = new Foreign());
        Assert.Contains("UseTransaction", error.Message, StringComparison.Ordinal);
    }

    private sealed class Foreign : ICapTransaction
    {
        public bool AutoCommit { get; set; }

        public System.Data.Common.DbTransaction? DbTransaction => null;

        public void Commit() { }

        public Task CommitAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public void Dispose() { }

        public ValueTask DisposeAsync() => default;

        public void Rollback() { }

        public Task RollbackAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
