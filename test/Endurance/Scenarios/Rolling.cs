using Dapper;

namespace Cap.Endurance;

/// <summary>
/// A rolling deploy from the binaries of the schema version before to those of today, on one set of tables, and one node back: every
/// committed entry is handled, and no rolled-back one.
/// </summary>
internal static class Rolling
{
    private const string Groups = """select n."group" from (values ('billing'), ('shipping')) n("group")""";
    private const int Step = 400;

    public static async Task RunAsync(Given given, Verdict verdict)
    {
        var (old, current) = (Program("old"), Program("new"));
        await using var stage = await Stage.OpenAsync();
        await stage.ExecuteAsync(
            """
            create schema book;
            create table book.written (number int primary key);
            create table book.handled ("group" text not null, number int not null);
            """);
        await using var oldSubscriber = await StartAsync("old subscriber", old, "subscribe");
        await using var oldPublisher = await StartAsync("old publisher", old, "publish", 0);
        await HandledAsync(0, Step);
        Console.WriteLine($"The tables have version {await VersionAsync()}.");

        await using var subscriber = await StartAsync("new subscriber", current, "subscribe");
        await using var publisher = await StartAsync("new publisher", current, "publish", 1_000_000);
        await HandledAsync(1_000_000, Step);
        Console.WriteLine($"The tables have version {await VersionAsync()}. Nodes: {await NodesAsync()}");
        await HandledAsync(0, Step);

        await oldPublisher.TerminateAsync();
        await HandledAsync(1_000_000, Step);
        await oldSubscriber.TerminateAsync();
        Console.WriteLine($"Old ones have stopped. Nodes: {await NodesAsync()}");
        await HandledAsync(1_000_000, Step);

        await using var backSubscriber = await StartAsync("old subscriber, again", old, "subscribe");
        await using var backPublisher = await StartAsync("old publisher, again", old, "publish", 2_000_000);
        Console.WriteLine($"Old ones are back. Nodes: {await NodesAsync()}");
        await HandledAsync(2_000_000, Step);
        await HandledAsync(1_000_000, Step);

        await subscriber.TerminateAsync();
        await HandledAsync(1_000_000, Step);
        await backPublisher.TerminateAsync();
        await publisher.TerminateAsync();
        // What they had committed last is shipped by whoever comes next.
        await using var rest = await StartAsync("new publisher, empty", current, "publish", 3_000_000, count: 0);
        var missing = 1L;
        for (var left = 120; left > 0 && missing > 0; left--)
        {
            await Task.Delay(500);
            missing = await MissingAsync();
        }
        await backSubscriber.TerminateAsync();

        Console.WriteLine($"{await stage.ReadAsync<long>("select count(*) from book.written"):n0} committed entries.");
        verdict.AtLeast("version of the tables", await VersionAsync(), 2, "the new ones have upgraded them");
        verdict.AtMost("committed entries a group has not handled", missing, 0, "none is lost");
        verdict.AtMost("handled entries that were rolled back", await stage.ReadAsync<long>("select count(*) from book.handled where number % 10 = 9"), 0, "none leaves");
        verdict.AtMost(
            "entries handled more than once",
            await stage.ReadAsync<long>("""select coalesce(sum(n - 1), 0)::bigint from (select count(*) n from book.handled group by "group", number having count(*) > 1) x"""),
            3 * 2 * 16,
            "three subscribers stop, each with 16 handlers in two groups");

        string Program(string which) =>
            Path.Combine(given.Text(which) ?? throw new ArgumentException($"--{which} names the folder of a build of test/EndToEndApp."), "Cap.EndToEndApp.dll");

        Task<NodeProcess> StartAsync(string name, string program, string role, int first = 0, int count = 900_000)
        {
            Console.WriteLine($"Starting {name} …");
            return NodeProcess.StartAsync(
                name,
                program,
                [
                    $"--Role={role}", $"--Postgres={stage.Postgres.ConnectionString}", $"--RabbitMQ={stage.Rabbit.ConnectionString}", "--Schema=rolling",
                    "--Book=book", "--Exchange=rolling", $"--First={first}", $"--Count={count}", "--WriterCount=4", "--Pause=00:00:00.020",
                    "--HasDeliveryLimit=false",
                ]);
        }

        Task<int> VersionAsync() => stage.ReadAsync<int>("""select "Value"::int from rolling.setting where "Name" = 'schema version'""");

        Task<long> MissingAsync() =>
            stage.ReadAsync<long>($"""select count(*) from book.written w, ({Groups}) g where not exists (select from book.handled h where h.number = w.number and h."group" = g."group")""");

        // Until so many more of the entries from one publisher are handled in each group.
        async Task HandledAsync(int first, int more)
        {
            var count = $"""select min(c) from (select count(h.number) c from ({Groups}) g left join book.handled h on h."group" = g."group" and h.number between {first} and {first + 999_999} group by g."group") x""";
            var target = await stage.ReadAsync<long>(count) + more;
            for (var left = 240; await stage.ReadAsync<long>(count) < target; left--)
            {
                if (left == 0)
                    throw new TimeoutException($"Entries from {first} on are not handled any more.");
                await Task.Delay(500);
            }
        }

        async Task<string> NodesAsync()
        {
            await using var connection = await stage.ConnectAsync();
            return string.Join(", ", await connection.QueryAsync<string>("""select format('version %s', "SchemaVersion") from rolling.node where "ExpiresAt" > now() order by 1"""));
        }
    }
}
