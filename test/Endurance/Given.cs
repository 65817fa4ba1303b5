using System.Globalization;

namespace Cap.Endurance;

/// <summary>The command line: a scenario, options with a value, and switches.</summary>
internal sealed class Given(string[] args)
{
    public string Scenario { get; } = args.Length > 0 ? args[0] : "";

    public bool Has(string name) => Array.IndexOf(args, $"--{name}") > 0;

    public string? Text(string name) => Array.IndexOf(args, $"--{name}") is > 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

    public double Number(string name, double otherwise) =>
        Text(name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public TimeSpan Minutes(double otherwise) => TimeSpan.FromMinutes(Number("minutes", otherwise));
}
