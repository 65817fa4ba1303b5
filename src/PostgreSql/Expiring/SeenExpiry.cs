namespace Cap.PostgreSql;

/// <summary>
/// Forgets old message ids. A day's partition goes when none of its ids was stored within the window; what time an id itself claims does
/// not count, so a host with a wrong clock loses no protection.
/// </summary>
internal sealed class SeenExpiry(Tables tables)
{
    private const int BatchSize = 10_000;

    private readonly string _old = string.Join(
        " UNION ALL ",
        Enumerable.Range(0, Tables.SeenSlots).Select(slot => $"""
            SELECT {slot} WHERE EXISTS (SELECT FROM {tables.SeenOf(slot)}) AND NOT {HasYoung(tables, slot)}
            """));

    private readonly string _deleteOwn = $"""
        DELETE FROM {tables.SeenOwn}
        WHERE ctid = ANY(ARRAY(SELECT ctid FROM {tables.SeenOwn} WHERE "Added" <= clock_timestamp() - $1 ORDER BY "Added" LIMIT {BatchSize}))
        """;

    public async Task RunAsync(Purge purge)
    {
        var age = Parameter.Limit(purge.Request.RememberIdsFor);
        foreach (var slot in await OldAsync(purge, age).ConfigureAwait(false))
        {
            await purge.TryTruncateAsync(
                tables.SeenOf(slot),
                async () => !await purge.ReadAsync<bool>($"SELECT {HasYoung(tables, slot)}", Parameter.Interval(age)).ConfigureAwait(false))
                .ConfigureAwait(false);
        }
        await purge.TryAsync(async () =>
        {
            purge.HasMore |= await purge.ExecuteAsync(_deleteOwn, Parameter.Interval(age)).ConfigureAwait(false) == BatchSize;
            return true;
        }).ConfigureAwait(false);
    }

    private static string HasYoung(Tables tables, int slot) =>
        $"""EXISTS (SELECT FROM {tables.SeenOf(slot)} WHERE "Added" > now() - $1)""";

    private async Task<List<int>> OldAsync(Purge purge, TimeSpan age)
    {
        var slots = new List<int>();
        using var command = purge.Command(_old, Parameter.Interval(age));
        var reader = await command.ExecuteReaderAsync(purge.Stop).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(purge.Stop).ConfigureAwait(false))
            slots.Add(reader.GetInt32(0));
        return slots;
    }
}
