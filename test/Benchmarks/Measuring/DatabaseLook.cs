using System.Globalization;
using Dapper;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>What the database server itself knows of its work.</summary>
internal static class DatabaseLook
{
    /// <summary>A session that has nothing to do tells after ten seconds what it has read.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(12);

    /// <summary>How many rows of the tables that grow were read by sequential scans, ever.</summary>
    public static async Task<long> ScannedRowsAsync(MeasurePlan plan)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        return await connection.QuerySingleAsync<long>(
            "select coalesce(sum(seq_tup_read), 0)::bigint from pg_stat_user_tables where schemaname = @Name and relname ~ 'log|due|seen|attempt'",
            new { plan.Name });
    }

    /// <summary>
    /// The CPU time that the sessions of clients have taken so far, in seconds. They are processes of this machine. What the server does by itself,
    /// cleaning up after what was written before, is nobody's work here.
    /// </summary>
    public static async Task<double> CpuSecondsAsync(MeasurePlan plan)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        var sessions = await connection.QueryAsync<int>("select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()");
        var ticks = 0L;
        foreach (var pid in sessions)
        {
            try
            {
                // proc(5): behind the name in brackets come state, parent and others; the twelfth and the thirteenth are times.
                var fields = (await File.ReadAllTextAsync(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"))).Split(") ")[^1].Split(' ');
                ticks += fields[11..13].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }
        return ticks / 100.0;
    }
}
