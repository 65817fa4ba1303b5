namespace Cap.Benchmarks;

/// <summary>Tables of Cap's in which settled messages are retained, written by the server itself: as many as it takes to be told.</summary>
/// <param name="servers">Where they are.</param>
/// <param name="name">A schema in which at least one message was sent and handled: the rows are like its own.</param>
internal sealed class RetainedTables(BenchServers servers, string name)
{
    private const int Step = 250_000;
    private int _filled;

    public string Name { get; } = name;

    /// <summary>
    /// Fills the logs of both sides and the memory of the inbox up to so many messages. They are in the open slot of the ring and in the last
    /// half hour's memory: where the new ones go, and where a node has them that runs at full speed with the default keep time. False when there are as many already.
    /// </summary>
    public async Task<bool> FillAsync(int rows)
    {
        if (rows <= _filled)
            return false;
        await Console.Error.WriteLineAsync($"Filling the tables up to {rows} rows …");
        await Task.WhenAll(StepsAsync(PublishedSql, rows), StepsAsync(ReceivedSql, rows));
        // What autovacuum would do meanwhile; the logs it leaves alone.
        await servers.ExecuteAsync($"vacuum analyze {Name}.received_seen");
        await servers.ExecuteAsync("checkpoint");
        _filled = rows;
        return true;
    }

    private async Task StepsAsync(string sql, int rows)
    {
        for (var first = _filled; first < rows; first += Step)
            await servers.ExecuteAsync(sql, new { First = first, Last = Math.Min(first + Step, rows) - 1 });
    }

    private string PublishedSql => $"""
        insert into {Name}.published_log ("Id", "Slot", "Lane", "MessageId", "Name", "Content")
        select nextval('{Name}.published_id'), o."Slot", l."Lane", {MessageId("i")}, l."Name", l."Content"
        from (select * from {Name}.published_log limit 1) l, {Name}.log_slot o, generate_series(@First, @Last) i
        where o."Type" = 0 and o."OpenedAt" is not null and o."ClosedAt" is null
        """;

    private string ReceivedSql => $"""
        with m as materialized (select i, {MessageId("i")} as id from generate_series(@First, @Last) i),
        s as (
          insert into {Name}.received_seen ("Slot", "Lane", "MessageId")
          select {Seconds("m.i")} / 86400 % 40, l."Lane", decode(m.id, 'hex') from m, (select "Lane" from {Name}.received_log limit 1) l)
        insert into {Name}.received_log ("Id", "Slot", "Lane", "MessageId", "Name", "Content")
        select nextval('{Name}.received_id'), o."Slot", l."Lane", m.id, l."Name", l."Content"
        from m, (select * from {Name}.received_log limit 1) l, {Name}.log_slot o
        where o."Type" = 1 and o."OpenedAt" is not null and o."ClosedAt" is null
        """;

    /// <summary>As Cap makes them: seconds, a random number of the process (here none), and a counter.</summary>
    private static string MessageId(string number) => $"lpad(to_hex({Seconds(number)}), 8, '0') || lpad(to_hex({number}), 16, '0')";

    /// <summary>The time of a message's id: half an hour ago and 20,000 messages a second.</summary>
    private static string Seconds(string number) => $"(extract(epoch from now())::bigint - 1800 + {number} / 20000)";
}
