namespace Cap.Benchmarks;

/// <summary>What a measuring process is to do.</summary>
public sealed class MeasurePlan
{
    public string Scenario { get; set; } = "";

    /// <summary>"cap" or "floor".</summary>
    public string Side { get; set; } = "";

    public string Postgres { get; set; } = "";

    public string RabbitMQ { get; set; } = "";

    /// <summary>Schema and exchange: no other process has them.</summary>
    public string Name { get; set; } = "";

    /// <summary>Messages that are measured.</summary>
    public int Count { get; set; }

    /// <summary>Messages before, until compiled code and pools are as they stay.</summary>
    public int WarmUp { get; set; }

    /// <summary>Whether statements and frames are counted, which costs time: such a run is not timed.</summary>
    public bool Counts { get; set; }
}
