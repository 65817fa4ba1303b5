using System.Globalization;

namespace QuickStart;

/// <summary>What the command line and the environment say.</summary>
/// <param name="Orders">Place this many orders, wait until all are handled, and end; null to go on until Ctrl-C.</param>
/// <param name="Url">Where the page is served.</param>
/// <param name="SqliteFile">The database file, when no PostgreSQL is named.</param>
/// <param name="Postgres">Connection string of PostgreSQL, or null.</param>
/// <param name="RabbitMQ">URI of RabbitMQ, or null.</param>
/// <param name="IsDemo">Make traffic to look at in the dashboard, with failures.</param>
public sealed record Settings(int? Orders, string Url, string SqliteFile, string? Postgres, string? RabbitMQ, bool IsDemo)
{
    private const string Help = """
        QuickStart: orders are saved and announced in one transaction; billing and shipping handle them.

          dotnet run --project samples/QuickStart                   an order a second, until Ctrl-C
          dotnet run --project samples/QuickStart -- --orders 20    20 orders, wait until all are handled, and end
          dotnet run --project samples/QuickStart -- --demo true    traffic with failures, to look at in the dashboard (/cap)

          --orders N      place N orders and end                    (Orders)
          --demo true     make traffic with failures              (Demo)
          --url URL       serve the page there                      (Url; default http://127.0.0.1:5080)
          --file FILE     the SQLite file                           (File; default quickstart.db beside the program)
          --postgres CS   use PostgreSQL, by connection string      (Postgres)
          --rabbitmq URI  use RabbitMQ, like amqp://guest:guest@localhost
                                                                    (RabbitMQ)

        Each can also be an environment variable: QUICKSTART_ and the name in brackets, like QUICKSTART_Postgres.
        """;

    private static readonly string[] Known = ["orders", "demo", "url", "file", "postgres", "rabbitmq"];

    /// <summary>Reads the settings; null when only the help was wanted. Ends the program when something is wrong.</summary>
    public static Settings? Read(string[] args)
    {
        if (args.Any(a => a is "--help" or "-h" or "-?"))
        {
            Console.WriteLine(Help);
            return null;
        }
        foreach (var arg in args.Where(a => a.StartsWith("--", StringComparison.Ordinal)))
        {
            var name = arg[2..].Split('=')[0];
            if (!Known.Contains(name, StringComparer.OrdinalIgnoreCase))
                Fail($"Unknown option '{arg}'. Known are {string.Join(", ", Known.Select(k => "--" + k))}; --help explains them.");
        }
        var values = new ConfigurationBuilder().AddEnvironmentVariables("QUICKSTART_").AddCommandLine(args).Build();
        int? orders = null;
        if (values["Orders"] is { } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 100_000)
                Fail($"--orders is '{text}'. Give it a number from 1 to 100000.");
            orders = number;
        }
        // A run that ends by itself takes any free port, so that it never fails because another one is open.
        var url = values["Url"] ?? (orders is null ? "http://127.0.0.1:5080" : "http://127.0.0.1:0");
        var file = values["File"] ?? Path.Combine(AppContext.BaseDirectory, "quickstart.db");
        var demo = values["Demo"] ?? "false";
        if (!bool.TryParse(demo, out var isDemo))
            Fail($"--demo is '{demo}'. Give it true or false.");
        if (isDemo && orders is not null)
            Fail("--demo makes traffic until Ctrl-C, and --orders ends by itself. Give one of them.");
        return new(orders, url, Path.GetFullPath(file), values["Postgres"], values["RabbitMQ"], isDemo);
    }

    private static void Fail(string message)
    {
        Console.Error.WriteLine(message);
        Environment.Exit(2);
    }
}
