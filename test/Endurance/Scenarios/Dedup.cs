using System.Globalization;

namespace Cap.Endurance;

/// <summary>What the memory of the inbox costs: bytes per message id.</summary>
internal static class Dedup
{
    public static async Task RunAsync(Given given, Verdict verdict)
    {
        var ids = (long)given.Number("rows", 3_000_000);
        await using var stage = await Stage.OpenAsync();
        var plan = stage.Plan("dedup");
        (plan.Publishes, plan.Subscribes, plan.Count, plan.Batch, plan.Bytes, plan.Outstanding) = (true, true, 100_000, 100, 10, 20_000);
        plan.RememberTime = TimeSpan.FromDays(1);
        await using var node = await NodeProcess.StartAsync("node", plan);
        await node.SaysAsync("PUBLISHED");
        while (await stage.ReadAsync<long>("select count(*) from dedup.received_seen") < plan.Count)
            await Task.Delay(500);
        await PrintAsync($"{plan.Count:n0} ids, received");
        await node.TerminateAsync();

        // As the intake writes them: of several publishers, each counting up, 500 per statement, sorted within one.
        await stage.ExecuteAsync("truncate dedup.received_seen");
        for (var from = 0L; from < ids; from += 100_000)
        {
            await stage.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"""
                insert into dedup.received_seen ("Slot", "Lane", "MessageId")
                select 0, 1, id from (
                  select n / 500 as batch, int4send((1800000000 + n / 2000)::int) || substring(sha256(int4send((n % 8)::int)) for 5) || substring(int4send(n::int) from 2) as id
                  from generate_series({from}::bigint, {Math.Min(ids, from + 100_000) - 1}::bigint) n
                ) x order by batch, id
                """));
        }
        await stage.ExecuteAsync("vacuum analyze dedup.received_seen");
        var perId = await PrintAsync($"{ids:n0} ids, by SQL");
        Console.WriteLine($"{perId:0.0} MB per million ids; the default window of 7 days at 100 messages a second: {perId * 7 * 86_400 * 100 / 1e9:0.0} GB.");
        verdict.AtMost("bytes per remembered id", perId, 200, "a row with a header of 24 bytes, and an index entry");

        async Task<double> PrintAsync(string what)
        {
            var (count, table, index) = await stage.ReadAsync<(long, double, double)>(
                """
                select (select count(*) from dedup.received_seen), sum(pg_table_size(c.oid))::float8, sum(pg_indexes_size(c.oid))::float8
                from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'dedup.received_seen'::regclass and pg_relation_size(c.oid) > 0
                """);
            Console.WriteLine($"{what,-24} table {table / count,6:0.0} + index {index / count,6:0.0} = {(table + index) / count,6:0.0} bytes per id");
            return (table + index) / count;
        }
    }
}
