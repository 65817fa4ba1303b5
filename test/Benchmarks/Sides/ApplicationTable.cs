using Dapper;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>The application's own table: one row for each transaction.</summary>
internal static class ApplicationTable
{
    public static async Task CreateAsync(MeasurePlan plan)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.ExecuteAsync($"create table {plan.Name}.orders (id bigint generated always as identity primary key, text text not null)");
    }

    public static NpgsqlCommand Insert(NpgsqlConnection connection, string schema)
    {
        var insert = new NpgsqlCommand($"insert into {schema}.orders (text) values ($1)", connection);
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = new string('o', 100) });
        insert.Prepare();
        return insert;
    }
}
