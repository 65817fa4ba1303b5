using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Cap.Sqlite.Tests;

public sealed class ConnectionPoolTests
{
    [Fact]
    public async Task A_connection_left_inside_a_transaction_is_not_used_again()
    {
        await using var file = new TestFile();
        using var database = Open(file);
        database.Read((connection, transaction) =>
        {
            transaction!.Rollback();
            return raw.sqlite3_exec(connection.Handle, "BEGIN IMMEDIATE");
        });
        Assert.Equal(1, database.Read((connection, transaction) =>
        {
            using var one = new Statement(connection, transaction, "SELECT 1");
            return one.Number();
        }));
        // Its write lock is gone, too.
        database.Write((_, _) => 0);
    }

    [Fact]
    public async Task A_connection_is_lent_to_one_at_a_time_also_when_it_is_given_back_twice()
    {
        await using var file = new TestFile();
        using var database = Open(file);
        var first = database.Rent();
        first.Dispose();
        first.Dispose();
        using var second = database.Rent();
        using var third = database.Rent();
        Assert.Same(first.Connection, second.Connection);
        Assert.NotSame(second.Connection.Handle, third.Connection.Handle);
    }

    [Fact]
    public async Task The_providers_own_pool_is_not_used()
    {
        await using var file = new TestFile();
        using var database = Open(file);
        using var connection = database.Open();
        Assert.False(new SqliteConnectionStringBuilder(connection.ConnectionString).Pooling);
    }

    [Fact]
    public async Task What_is_given_back_after_the_end_is_closed()
    {
        await using var file = new TestFile();
        ConnectionPool.Rented rented;
        using (var database = Open(file))
            rented = database.Rent();
        rented.Dispose();
        Assert.Equal(System.Data.ConnectionState.Closed, rented.Connection.State);
    }

    private static Database Open(TestFile file) => new(new() { ConnectionString = file.ConnectionString }, TimeProvider.System);
}
