using Dapper;
using Npgsql;

namespace Cap.EndToEndApp;

/// <summary>Notes every run of a handler. There is no unique key on purpose: a second run must show.</summary>
internal sealed class Ledger(Plan plan) : ICapSubscribe
{
    [CapSubscribe("entry.written", Group = "billing")]
    public Task BillAsync(int number) => NoteAsync("billing", number);

    [CapSubscribe("entry.*", Group = "shipping")]
    public Task ShipAsync(int number) => NoteAsync("shipping", number);

    private async Task NoteAsync(string group, int number)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.ExecuteAsync($"insert into {plan.Book}.handled values (@group, @number)", new { group, number });
    }
}
