namespace Cap.Benchmarks;

/// <summary>What a measuring process does with its side.</summary>
public enum MeasureKind
{
    /// <summary>Writes as fast as it goes and waits until all is settled.</summary>
    Throughput,

    /// <summary>Writes while the broker is away, and measures from its return until all is settled.</summary>
    Drain,

    /// <summary>Writes at a fixed rate, and notes how long each message takes from its commit to its handler.</summary>
    Latency,

    /// <summary>Writes for some minutes while somebody holds a transaction open.</summary>
    Held,

    /// <summary>Does nothing, and measures what that costs.</summary>
    Idle,

    /// <summary>Looks at every page of the dashboard while messages are written at a fixed rate, and keeps tabs open while nothing happens.</summary>
    Dashboard,

    /// <summary>Writes its part of the messages, beside other processes on the same tables.</summary>
    Node,
}
