using System.Data;
using Cap.Messages;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Fact]
    public async Task A_row_settles_with_the_transaction_and_what_it_publishes()
    {
        var row = await ReceivedRowAsync();
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        Assert.True(await Storage.SettleAsync(transaction, Sample.Inbox, row, Stop));
        await PublishInAsync(transaction, synchronously: false, Sample.Message("outcome"));
        Assert.Equal(StatusName.Scheduled, (await FindOneAsync(row.Id, Sample.Inbox))!.StatusName);

        await transaction.CommitAsync(Stop);
        Assert.Equal(StatusName.Succeeded, (await FindOneAsync(row.Id, Sample.Inbox))!.StatusName);
        Assert.Empty(await FetchAsync(Sample.Inbox));
        Assert.Equal("outcome", Assert.Single(await FetchAsync()).Name);
    }

    [Fact]
    public async Task A_rolled_back_transaction_settles_nothing()
    {
        var row = await ReceivedRowAsync();
        await using (var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop))
        {
            Assert.True(await Storage.SettleAsync(transaction, Sample.Inbox, row, Stop));
            await PublishInAsync(transaction, synchronously: false, Sample.Message("outcome"));
            await transaction.RollbackAsync(Stop);
        }
        Assert.Equal([row.Id], await FetchIdsAsync(Sample.Inbox));
        Assert.Empty(await FetchAsync());

        await FailAsync(row.Id, TimeSpan.FromHours(1), lane: Sample.Inbox);
        Assert.Equal(1, (await FindOneAsync(row.Id, Sample.Inbox))!.Retries);
    }

    [Fact]
    public async Task Settling_and_committing_in_one_step_does_both()
    {
        var row = await ReceivedRowAsync();
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        await PublishInAsync(transaction, synchronously: false, Sample.Message("outcome"));
        Assert.True(await Storage.SettleAndCommitAsync(transaction, Sample.Inbox, row, Stop));

        Assert.True(transaction.IsCompleted);
        Assert.Equal(StatusName.Succeeded, (await FindOneAsync(row.Id, Sample.Inbox))!.StatusName);
        Assert.Equal("outcome", Assert.Single(await FetchAsync()).Name);
    }

    /// <summary>And the storage goes on working on the same connections.</summary>
    [Fact]
    public async Task Settling_and_committing_what_is_settled_commits_nothing()
    {
        var row = await ReceivedRowAsync();
        await SucceedAsync(Sample.Inbox, row.Id);
        for (var i = 0; i < 3; i++)
        {
            await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
            await PublishInAsync(transaction, synchronously: false, Sample.Message("outcome"));
            Assert.False(await Storage.SettleAndCommitAsync(transaction, Sample.Inbox, row, Stop));
        }
        Assert.Empty(await FetchAsync());
        var next = await ReceivedRowAsync();
        await using var another = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        Assert.True(await Storage.SettleAndCommitAsync(another, Sample.Inbox, next, Stop));
    }

    [Fact]
    public async Task A_row_settled_by_somebody_else_cannot_be_settled_again()
    {
        var row = await ReceivedRowAsync();
        await SucceedAsync(Sample.Inbox, row.Id);
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        Assert.False(await Storage.SettleAsync(transaction, Sample.Inbox, row, Stop));
    }

    [Fact]
    public async Task A_deleted_row_cannot_be_settled()
    {
        var row = await ReceivedRowAsync();
        await ActAsync(MessageActionKind.Delete, Sample.Inbox, row.Id);
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        Assert.False(await Storage.SettleAsync(transaction, Sample.Inbox, row, Stop));
    }

    [Fact]
    public async Task A_row_settles_once_in_a_transaction()
    {
        var row = await ReceivedRowAsync();
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        Assert.True(await Storage.SettleAsync(transaction, Sample.Inbox, row, Stop));
        Assert.False(await Storage.SettleAsync(transaction, Sample.Inbox, row, Stop));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_transactions_on_the_same_row_one_wins(bool firstCommits)
    {
        var row = await ReceivedRowAsync();
        var other = await StartNodeAsync();
        await using var first = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        Assert.True(await Storage.SettleAsync(first, Sample.Inbox, row, Stop));

        var second = Task.Run(() => SettleInOwnTransactionAsync(other, row));
        await Eventually.StaysTrueAsync(() => !second.IsCompleted);
        if (firstCommits)
            await first.CommitAsync(Stop);
        else
            await first.RollbackAsync(Stop);

        Assert.Equal(!firstCommits, await second);
        Assert.Equal(StatusName.Succeeded, (await FindOneAsync(row.Id, Sample.Inbox))!.StatusName);
    }

    [Fact]
    public async Task Of_many_transactions_on_the_same_row_one_wins()
    {
        var row = await ReceivedRowAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(async () => await SettleInOwnTransactionAsync(await StartNodeAsync(), row))));
        Assert.Single(answers, won => won);
    }

    [Fact]
    public async Task A_failure_reported_meanwhile_waits_and_then_changes_nothing()
    {
        var row = await ReceivedRowAsync();
        var other = await StartNodeAsync();
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        Assert.True(await Storage.SettleAsync(transaction, Sample.Inbox, row, Stop));

        var failure = Task.Run(() => other.SettleAsync(
            new(Sample.Inbox, [], [new(row.Id, Sample.Attempt(), null, TimeSpan.FromDays(1))]), Stop));
        await Eventually.StaysTrueAsync(() => !failure.IsCompleted);
        await transaction.CommitAsync(Stop);
        Assert.Empty(await failure);

        Assert.Equal(StatusName.Succeeded, (await FindOneAsync(row.Id, Sample.Inbox))!.StatusName);
        Assert.Empty(await AttemptsAsync(row.Id, Sample.Inbox));
    }

    [Fact]
    public async Task A_row_settles_in_the_transaction_of_the_application()
    {
        if (!HasDbTransactions)
            return;
        var row = await ReceivedRowAsync();
        await using var connection = await Tables.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        Assert.True(await Storage.SettleAsync(Storage.Join(transaction), Sample.Inbox, row, Stop));
        Assert.Equal([row.Id], await FetchIdsAsync(Sample.Inbox));
        await transaction.CommitAsync(Stop);
        Assert.Empty(await FetchAsync(Sample.Inbox));
    }

    private async Task<DueMessage> ReceivedRowAsync()
    {
        await ReceiveOneAsync(Sample.Incoming());
        return Assert.Single(await FetchAsync(Sample.Inbox));
    }

    private async Task<bool> SettleInOwnTransactionAsync(IStorage node, DueMessage row)
    {
        await using var transaction = await node.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        if (!await node.SettleAsync(transaction, Sample.Inbox, row, Stop))
            return false;
        await transaction.CommitAsync(Stop);
        return true;
    }
}
