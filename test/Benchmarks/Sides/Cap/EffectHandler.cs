using Npgsql;

namespace Cap.Benchmarks;

/// <summary>Writes a row, exactly once for each message.</summary>
internal sealed class EffectHandler(MeasurePlan plan, Handled handled) : ICapSubscribe
{
    [CapSubscribe("work.done", Group = "work")]
    public async Task On(Work work, ICapTransaction transaction, CancellationToken stop)
    {
        await using var insert = ApplicationTable.Effect((NpgsqlTransaction)transaction.DbTransaction!, plan.Name, work.Number);
        await insert.PrepareAsync(stop);
        await insert.ExecuteNonQueryAsync(stop);
        handled.Add(work);
    }
}
