namespace Cap.PostgreSql;

/// <summary>Purges what people look at: statistics after a day, ended operations after a month, the audit log after a year.</summary>
internal sealed class PeopleExpiry(Tables tables)
{
    private readonly string _statistics = $"""DELETE FROM {tables.Statistics} WHERE "Minute" < clock_timestamp() - interval '25 hours'""";
    private readonly string _operations = $"""DELETE FROM {tables.Operation} WHERE "EndedAt" < clock_timestamp() - interval '30 days'""";
    private readonly string _audit = $"""DELETE FROM {tables.Audit} WHERE "At" < clock_timestamp() - interval '365 days'""";

    public async Task RunAsync(Purge purge)
    {
        foreach (var sql in new[] { _statistics, _operations, _audit })
        {
            await purge.TryAsync(async () =>
            {
                await purge.ExecuteAsync(sql).ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }
    }
}
