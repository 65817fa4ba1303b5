namespace Cap.Benchmarks;

/// <summary>What a measuring process is to do.</summary>
public sealed record MeasurePlan
{
    public MeasureKind Kind { get; set; }

    public SideKind Side { get; set; }

    public string Postgres { get; set; } = "";

    public string RabbitMQ { get; set; } = "";

    /// <summary>Schema and exchange. Measuring processes that share it work on the same tables.</summary>
    public string Name { get; set; } = "";

    /// <summary>Messages that are measured.</summary>
    public int Count { get; set; }

    /// <summary>Messages before, until the hot methods are compiled for good.</summary>
    public int WarmUp { get; set; }

    /// <summary>Messages in one transaction.</summary>
    public int PerTransaction { get; set; } = 100;

    /// <summary>Whether messages are sent and handled; else they are only written.</summary>
    public bool Consumes { get; set; } = true;

    /// <summary>How many messages the broker carries as one; 1 for no bundles.</summary>
    public int Bundle { get; set; } = 1;

    /// <summary>How many different keys the messages have; 0 for none.</summary>
    public int Keys { get; set; }

    /// <summary>How long a handler waits.</summary>
    public TimeSpan HandlerTime { get; set; }

    /// <summary>Whether the handler writes a row, exactly once for each message.</summary>
    public bool Transactional { get; set; }

    /// <summary>Messages a second where there is a schedule.</summary>
    public int Rate { get; set; }

    /// <summary>How long a period is measured where time is given, not a count.</summary>
    public TimeSpan Period { get; set; }

    /// <summary>Whether statements and frames are counted, which costs time: such a run is not timed.</summary>
    public bool Counts { get; set; }

    /// <summary>A single publish is held against two plain inserts, the business row and the message; everything else against all durable steps.</summary>
    public bool FloorWritesDue => Consumes || PerTransaction > 1;

    /// <summary>A smaller one.</summary>
    public MeasurePlan Part(int share) => this with { Count = Count / share, WarmUp = WarmUp / share, Period = Period / share };
}
