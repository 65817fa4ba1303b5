namespace Cap.Benchmarks;

/// <summary>The command line.</summary>
internal sealed class BenchOptions
{
    private BenchOptions() { }

    /// <summary>None when only the figure is asked for.</summary>
    public IReadOnlyList<Scenario> Scenarios { get; private set; } = [];

    /// <summary>Fewer messages and runs: to see that all works, not to compare.</summary>
    public bool Quick { get; private set; }

    /// <summary>One line of JSON for each scenario instead of a table.</summary>
    public bool Json { get; private set; }

    /// <summary>Where the figure goes, or null.</summary>
    public string? Figure { get; private set; }

    /// <summary>Reads a command line; says what is wrong with one that cannot be.</summary>
    public static (BenchOptions Options, string? Fault) Parse(string[] args)
    {
        var options = new BenchOptions();
        var named = new HashSet<string>();
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    options.Quick = true;
                    break;
                case "--json":
                    options.Json = true;
                    break;
                case "--figure" when i + 1 < args.Length:
                    options.Figure = args[++i];
                    if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(options.Figure))))
                        return (options, $"There is no folder for the figure '{options.Figure}'. Make it first.");
                    break;
                case "--figure":
                    return (options, "--figure needs the file to write, like --figure docs/operating/performance.svg.");
                case var name when Catalog.All.Any(s => s.Name == name):
                    named.Add(name);
                    break;
                default:
                    return (options, $"There is no scenario or option '{args[i]}'. There are: {string.Join(", ", Catalog.All.Select(s => s.Name))}, micro, --quick, --json, --figure PATH.");
            }
        }
        IEnumerable<Scenario> wanted = named.Count > 0 ? Catalog.All.Where(s => named.Contains(s.Name)) : options.Figure is null ? Catalog.All : [];
        options.Scenarios = [.. wanted.Select(s => options.Quick ? s.Quick() : s)];
        return (options, null);
    }
}
