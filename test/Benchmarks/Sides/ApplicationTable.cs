using Dapper;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>The application's own tables: an order for each transaction that writes, and what a handler does with a message.</summary>
internal static class ApplicationTable
{
    private static readonly string Text = new('o', 100);

    public static async Task CreateAsync(MeasurePlan plan)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.ExecuteAsync(
            $"""
            create table if not exists {plan.Name}.orders (id bigint generated always as identity primary key, text text not null);
            create table if not exists {plan.Name}.effects (id bigint generated always as identity primary key, number bigint not null, text text not null)
            """);
    }

    public static NpgsqlCommand Insert(NpgsqlConnection connection, string schema)
    {
        var insert = new NpgsqlCommand($"insert into {schema}.orders (text) values ($1)", connection);
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Text });
        insert.Prepare();
        return insert;
    }

    /// <summary>The insert of a handler, as a user writes it.</summary>
    public static NpgsqlCommand Effect(NpgsqlTransaction transaction, string schema, long number) =>
        new($"insert into {schema}.effects (number, text) values ($1, $2)", transaction.Connection, transaction)
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = number }, new NpgsqlParameter<string> { TypedValue = Text } },
        };

    /// <summary>The same in one statement that takes the due row, and does nothing when there is none.</summary>
    public static NpgsqlCommand EffectOfDue(NpgsqlConnection connection, string schema, NpgsqlParameter<long> due, NpgsqlParameter<long> number) =>
        new(
            $"""
            with gone as (delete from {schema}.in_due where id = $1 returning id)
            insert into {schema}.effects (number, text) select $2, $3 from gone
            """,
            connection)
        {
            Parameters = { due, number, new NpgsqlParameter<string> { TypedValue = Text } },
        };
}
