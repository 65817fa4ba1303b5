using System.Diagnostics;
using Dapper;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>What this process and its statements cost from one moment on.</summary>
internal sealed class Meter : IDisposable
{
    private readonly MeasurePlan _plan;
    private readonly Process _process = Process.GetCurrentProcess();
    private readonly Stopwatch _clock = new();
    private long _statements;
    private (long Out, long In) _frames;
    private TimeSpan _cpu;
    private long _bytes;

    private Meter(MeasurePlan plan) => _plan = plan;

    public TimeSpan Elapsed => _clock.Elapsed;

    public static async Task<Meter> StartAsync(MeasurePlan plan)
    {
        var meter = new Meter(plan);
        meter._statements = await meter.StatementsAsync();
        meter._frames = (FrameCounter.Out, FrameCounter.In);
        (meter._cpu, meter._bytes) = (meter._process.TotalProcessorTime, GC.GetTotalAllocatedBytes());
        meter._clock.Start();
        return meter;
    }

    /// <summary>What it cost until now, for each of so many messages.</summary>
    public async Task<Measured> ReadAsync(long count)
    {
        var elapsed = _clock.Elapsed;
        _process.Refresh();
        return new()
        {
            PerSecond = count / elapsed.TotalSeconds,
            CpuSeconds = (_process.TotalProcessorTime - _cpu).TotalSeconds / count,
            Bytes = (double)(GC.GetTotalAllocatedBytes() - _bytes) / count,
            Megabytes = _process.WorkingSet64 / 1e6,
            FramesOut = _plan.Counts ? (double)(FrameCounter.Out - _frames.Out) / count : null,
            FramesIn = _plan.Counts ? (double)(FrameCounter.In - _frames.In) / count : null,
            Statements = _plan.Counts ? (double)(await StatementsAsync() - _statements) / count : null,
        };
    }

    public void Dispose() => _process.Dispose();

    private async Task<long> StatementsAsync()
    {
        if (!_plan.Counts)
            return 0;
        await using var connection = new NpgsqlConnection(_plan.Postgres);
        return await connection.QuerySingleAsync<long>("select coalesce(sum(calls), 0)::bigint from pg_stat_statements");
    }
}
