using Npgsql;

namespace Cap.PostgreSql;

/// <summary>
/// Queues confuse the planner: it plans for the empty table it has just seen, the table fills within a second, and a scan of all of it
/// is what every fetch then does. Put first into a batch, this lets the batch's statements use indexes only. And since these leave it
/// little to choose, a plan for any values is made once for each connection, where it would be made six times or, after statistics of a
/// long queue, for ever. It ends with the batch's (implicit) transaction.
/// </summary>
internal static class IndexPlans
{
    public const string Sql =
        "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true), "
        + "set_config('plan_cache_mode', 'force_generic_plan', true)";

    public static NpgsqlBatchCommand Command() => new(Sql);
}
