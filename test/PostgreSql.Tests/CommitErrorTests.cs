using System.Data;
using Cap.Conformance;
using Npgsql;

namespace Cap.PostgreSql.Tests;

/// <summary>What the application's own constraints say when a handler's transaction is committed is a failure, whatever they say.</summary>
public sealed class CommitErrorTests
{
    [Theory]
    [InlineData("perform 1 / 0;", PostgresErrorCodes.DivisionByZero)]
    [InlineData("perform 'x'::integer;", PostgresErrorCodes.InvalidTextRepresentation)]
    [InlineData("raise exception 'not so' using errcode = '23514';", PostgresErrorCodes.CheckViolation)]
    public async Task An_error_at_the_commit_is_not_taken_for_a_row_that_is_gone(string does, string state)
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        var name = schema.Options.Schema;
        await schema.ExecuteAsync(
            $"""
            CREATE TABLE {name}.effect (id int);
            CREATE FUNCTION {name}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ begin {does} return null; end $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {name}.effect DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {name}.refuse();
            """);
        await storage.ReceiveAsync([Sample.Incoming()], default);
        var row = Assert.Single(await TestSchema.FetchAsync(storage, Sample.Inbox));
        await using (var transaction = await storage.BeginAsync(null, IsolationLevel.Unspecified, default))
        {
            await using var insert = new NpgsqlCommand($"INSERT INTO {name}.effect VALUES (1)", (NpgsqlConnection)transaction.DbTransaction!.Connection!);
            await insert.ExecuteNonQueryAsync();
            var thrown = await Assert.ThrowsAsync<PostgresException>(() => storage.SettleAndCommitAsync(transaction, Sample.Inbox, row, default));
            Assert.Equal(state, thrown.SqlState);
        }
        Assert.Equal(row.Id, Assert.Single(await TestSchema.FetchAsync(storage, Sample.Inbox)).Id);
        Assert.Equal(["0"], await schema.ReadAsync($"SELECT count(*)::text FROM {name}.effect"));
    }

    /// <summary>The transaction is aborted: a commit would be a rollback that says nothing.</summary>
    [Fact]
    public async Task A_handler_that_swallowed_a_failed_statement_has_failed()
    {
        await using var schema = await TestSchema.CreateAsync();
        var storage = await schema.StartAsync();
        await storage.ReceiveAsync([Sample.Incoming()], default);
        var row = Assert.Single(await TestSchema.FetchAsync(storage, Sample.Inbox));
        await using var transaction = await storage.BeginAsync(null, IsolationLevel.Unspecified, default);
        await using var wrong = new NpgsqlCommand("SELECT 1 / 0", (NpgsqlConnection)transaction.DbTransaction!.Connection!);
        await Assert.ThrowsAsync<PostgresException>(() => wrong.ExecuteScalarAsync());

        var thrown = await Assert.ThrowsAsync<PostgresException>(() => storage.SettleAndCommitAsync(transaction, Sample.Inbox, row, default));

        Assert.Equal(PostgresErrorCodes.InFailedSqlTransaction, thrown.SqlState);
    }
}
