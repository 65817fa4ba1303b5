using System.Globalization;
using Cap.Crash.Node;
using Cap.Servers;
using Npgsql;

namespace Cap.Crash.Run;

/// <summary>Where one run happens: servers or a file, names nobody else has, and a folder for journals and logs.</summary>
internal sealed class World
{
    private readonly string _name = Names.Unique("crash");
    private readonly Scenario _scenario;

    private World(Scenario scenario, PostgresServer? postgres, RabbitServer? rabbit, string folder)
    {
        (_scenario, Postgres, Rabbit, Folder) = (scenario, postgres, rabbit, folder);
        Directory.CreateDirectory(folder);
        Books = postgres is null ? Books.OnSqlite(File, Book) : Books.OnPostgres(Direct(postgres), Book);
    }

    public PostgresServer? Postgres { get; }

    public RabbitServer? Rabbit { get; }

    public int? PostgresPort => Postgres?.Port;

    public int? RabbitPort => Rabbit?.Port;

    /// <summary>Journals and logs.</summary>
    public string Folder { get; }

    /// <summary>The application's tables, reached without a proxy.</summary>
    public Books Books { get; }

    /// <summary>The schemas with Cap's tables.</summary>
    public IReadOnlyList<string> Schemas => _scenario.SharesTables ? [_name] : [_name, _name + "_b"];

    private string File => Path.Combine(Folder, "notes.db");

    private string Book => _name + "_book";

    public static async Task<World> CreateAsync(Scenario scenario, PostgresServer? postgres, RabbitServer? rabbit, string folder)
    {
        var world = new World(scenario, postgres, rabbit, folder);
        await world.Books.CreateAsync(new NodePlan().KeyCount);
        return world;
    }

    /// <summary>
    /// Connections through a proxy's port. They give up soon, so that a run sees many of them do so.
    /// </summary>
    public static string Through(int port) =>
        $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Timeout=3;Command Timeout=3;Cancellation Timeout=500";

    public NodePlan Plan(int node, int start, NodeSpec spec) =>
        new()
        {
            Name = $"node{node}.{start}",
            Writes = spec.Writes,
            Handles = spec.Handles,
            File = File,
            MaxBundle = _scenario.MaxBundle,
            // Two services with tables of their own, or one application in several processes.
            Schema = spec.Writes ? Schemas[0] : Schemas[^1],
            Book = Book,
            Exchange = _name,
            Journal = Path.Combine(Folder, $"node{node}.{start}.journal"),
            FirstNote = (node * 1000L + start) * 1_000_000,
            // Not HashCode, which is another in each process: a seed must decide the same each time.
            Seed = unchecked((_scenario.Seed * 1_000_003) + (node * 1009) + start),
            ClockSkew = spec.ClockSkew,
        };

    public string LogFile(int node) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"node{node}.log"));

    public IReadOnlyList<History.JournalEvent> Journal() =>
        [
            .. Directory
                .EnumerateFiles(Folder, "*.journal")
                .SelectMany(System.IO.File.ReadLines)
                .Select(History.JournalEvent.Parse)
                .OfType<History.JournalEvent>(),
        ];

    /// <summary>How many rows Cap has not settled, and how many of those it has given up.</summary>
    public async Task<(long Open, long GivenUp)> UnsettledAsync()
    {
        await using var connection = await Books.OpenAsync();
        var tables = Postgres is null
            ? ["cap_published_due", "cap_received_due"]
            : Schemas.SelectMany(s => new[] { $"\"{s}\".published_due", $"\"{s}\".received_due" });
        var (open, givenUp) = (0L, 0L);
        foreach (var table in tables)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"""select count(*), count(*) - count("DueAt") from {table}""";
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            (open, givenUp) = (open + reader.GetInt64(0), givenUp + reader.GetInt64(1));
        }
        return (open, givenUp);
    }

    // Without a pool, whose connections a crash of the server would have broken.
    private static string Direct(PostgresServer server) => server.ConnectionString + ";Pooling=false";

    /// <summary>Deletes what the run left at the servers and on the disk.</summary>
    public async Task RemoveAsync()
    {
        Directory.Delete(Folder, recursive: true);
        if (Postgres is null)
            return;
        await using var connection = new NpgsqlConnection(Direct(Postgres));
        await connection.OpenAsync();
        foreach (var sql in Schemas.Select(s => $"drop schema \"{s}\" cascade").Append($"drop table {Book}_written, {Book}_effect, {Book}_counter"))
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
