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

    /// <summary>The CPU time that the server's processes have taken so far, in seconds. They are on this machine.</summary>
    public static async Task<double> CpuSecondsAsync(MeasurePlan plan)
    {
        await using var connection = new NpgsqlConnection(plan.Postgres);
        var pidFile = await connection.QuerySingleAsync<string>("select pg_read_file('postmaster.pid')");
        var postmaster = pidFile.Split('\n')[0].Trim();
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0])))
        {
            try
            {
                // proc(5): behind the name in brackets come state, parent and others; the twelfth to the fifteenth are times, own and of children that ended.
                var fields = (await File.ReadAllTextAsync($"{folder}/stat")).Split(") ")[^1].Split(' ');
                if (Path.GetFileName(folder) == postmaster)
                    ticks += fields[11..15].Sum(f => long.Parse(f, CultureInfo.InvariantCulture));
                else if (fields[1] == postmaster)
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
