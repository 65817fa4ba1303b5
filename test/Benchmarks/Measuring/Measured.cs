namespace Cap.Benchmarks;

/// <summary>One run of one side.</summary>
internal sealed record Measured
{
    /// <summary>Messages a second, from the first begin to the last row settled.</summary>
    public double PerSecond { get; init; }

    /// <summary>CPU time of the process for a message.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Bytes allocated for a message.</summary>
    public double Bytes { get; init; }

    /// <summary>Resident memory at the end.</summary>
    public double Megabytes { get; init; }

    /// <summary>SQL statements for a message; null where nobody counted.</summary>
    public double? Statements { get; init; }

    /// <summary>AMQP frames sent for a message; null where nobody counted.</summary>
    public double? FramesOut { get; init; }

    /// <summary>AMQP frames received for a message; null where nobody counted.</summary>
    public double? FramesIn { get; init; }

    /// <summary>What only this kind of measurement has, by the names in <see cref="Measure"/>.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    public Measured With(params IEnumerable<(string Name, double Value)> figures) =>
        this with { Figures = figures.ToDictionary(f => f.Name, f => f.Value) };
}
