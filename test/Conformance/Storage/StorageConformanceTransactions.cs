using System.Data;
using Cap.Storage;

namespace Cap.Conformance;

public abstract partial class StorageConformance
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_joins_the_transaction_of_the_application(bool synchronously)
    {
        if (!HasDbTransactions)
            return;
        await using var connection = await Tables.ConnectAsync();
        await using (var transaction = await connection.BeginTransactionAsync(Stop))
        {
            await using var joined = Storage.Join(transaction);
            Assert.Same(transaction, joined.DbTransaction);
            await PublishInAsync(joined, synchronously, Sample.Message("committed"));
            Assert.Empty(await FetchAsync());
            Assert.False(joined.IsCompleted);
            await transaction.CommitAsync(Stop);
            Assert.True(joined.IsCompleted);
        }
        await using (var transaction = await connection.BeginTransactionAsync(Stop))
        {
            await PublishInAsync(Storage.Join(transaction), synchronously, Sample.Message("rolled back"));
            await transaction.RollbackAsync(Stop);
        }
        Assert.Equal("committed", Assert.Single(await FetchAsync()).Name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Letting_go_of_a_joined_transaction_leaves_it_open(bool synchronously)
    {
        if (!HasDbTransactions)
            return;
        await using var connection = await Tables.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        var joined = Storage.Join(transaction);
        await PublishInAsync(joined, synchronously, Sample.Message());
        if (synchronously)
            joined.Dispose();
        else
            await joined.DisposeAsync();

        Assert.Empty(await FetchAsync());
        await transaction.CommitAsync(Stop);
        Assert.Single(await FetchAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_transaction_begins_on_the_connection_of_the_application(bool synchronously)
    {
        if (!HasDbTransactions)
            return;
        await using var connection = await Tables.ConnectAsync();
        await using (var transaction = synchronously
            ? Storage.Begin(connection, IsolationLevel.ReadCommitted)
            : await Storage.BeginAsync(connection, IsolationLevel.ReadCommitted, Stop))
        {
            Assert.Same(connection, transaction.DbTransaction!.Connection);
            await PublishInAsync(transaction, synchronously, Sample.Message());
            await transaction.CommitAsync(Stop);
        }
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Single(await FetchAsync());

        await using (var transaction = await Storage.BeginAsync(connection, IsolationLevel.Unspecified, Stop))
            await PublishInAsync(transaction, synchronously, Sample.Message());
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Single(await FetchAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_closed_connection_is_opened_to_begin_on_it(bool synchronously)
    {
        if (!HasDbTransactions)
            return;
        await using var connection = Tables.Connect!();
        await using var transaction = synchronously
            ? Storage.Begin(connection, IsolationLevel.Unspecified)
            : await Storage.BeginAsync(connection, IsolationLevel.Unspecified, Stop);
        await PublishInAsync(transaction, synchronously, Sample.Message());
        await transaction.CommitAsync(Stop);
        Assert.Single(await FetchAsync());
    }

    [Fact]
    public async Task The_application_can_work_in_a_transaction_of_the_storage()
    {
        if (!HasDbTransactions)
            return;
        await using var transaction = await Storage.BeginAsync(null, IsolationLevel.Unspecified, Stop);
        await using var command = transaction.DbTransaction!.Connection!.CreateCommand();
        command.Transaction = transaction.DbTransaction;
        command.CommandText = "SELECT 42";
        Assert.Equal(42, Convert.ToInt32(await command.ExecuteScalarAsync(Stop), null));
        await transaction.RollbackAsync(Stop);
    }

    [Fact]
    public async Task A_message_survives_what_the_application_rolls_back_to_a_savepoint_before_it()
    {
        if (!HasDbTransactions)
            return;
        await using var connection = await Tables.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        await PublishInAsync(Storage.Join(transaction), synchronously: false, Sample.Message("before"));
        await transaction.SaveAsync("here", Stop);
        await PublishInAsync(Storage.Join(transaction), synchronously: false, Sample.Message("undone"));
        await transaction.RollbackAsync("here", Stop);
        await PublishInAsync(Storage.Join(transaction), synchronously: false, Sample.Message("after"));
        await transaction.CommitAsync(Stop);
        Assert.Equal(["before", "after"], (await FetchAsync()).Select(m => m.Name));
    }

    [Fact]
    public async Task A_finished_transaction_cannot_be_joined()
    {
        if (!HasDbTransactions)
            return;
        await using var connection = await Tables.ConnectAsync();
        await using var committed = await connection.BeginTransactionAsync(Stop);
        await committed.CommitAsync(Stop);
        Assert.ThrowsAny<ArgumentException>(() => Storage.Join(committed));

        var disposed = await connection.BeginTransactionAsync(Stop);
        await disposed.DisposeAsync();
        Assert.ThrowsAny<ArgumentException>(() => Storage.Join(disposed));
    }

    [Fact]
    public async Task A_transaction_on_a_closed_connection_cannot_be_joined()
    {
        if (!HasDbTransactions)
            return;
        await using var connection = await Tables.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        await connection.CloseAsync();
        Assert.ThrowsAny<ArgumentException>(() => Storage.Join(transaction));
    }

    [Fact]
    public async Task A_joined_transaction_that_ended_meanwhile_takes_no_message()
    {
        if (!HasDbTransactions)
            return;
        await using var connection = await Tables.ConnectAsync();
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        var joined = Storage.Join(transaction);
        await transaction.CommitAsync(Stop);

        IsCallersMistake(await Record.ExceptionAsync(() => PublishInAsync(joined, synchronously: false, Sample.Message())));
        IsCallersMistake(await Record.ExceptionAsync(() => PublishInAsync(joined, synchronously: true, Sample.Message())));
        await IsEmptyAsync();
    }

    [Fact]
    public async Task A_transaction_of_another_kind_of_database_is_refused()
    {
        await using var connection = new OtherConnection();
        await using var transaction = new OtherTransaction(connection);
        Assert.ThrowsAny<ArgumentException>(() => Storage.Join(transaction));
        Assert.ThrowsAny<ArgumentException>(() => Storage.Begin(connection, IsolationLevel.Unspecified));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Storage.BeginAsync(connection, IsolationLevel.Unspecified, Stop));
    }

    [Fact]
    public async Task A_transaction_of_a_database_without_the_tables_is_refused()
    {
        if (Tables.ConnectElsewhere is null)
            return;
        await using var connection = Tables.ConnectElsewhere();
        await connection.OpenAsync(Stop);
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        var request = new Func<PublishRequest>(() => new(Sample.Outbox, [Sample.Message()], Storage.Join(transaction)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Storage.PublishAsync(request(), Stop));
        Assert.Throws<InvalidOperationException>(() => Storage.Publish(request()));
        await IsEmptyAsync();
    }
}
