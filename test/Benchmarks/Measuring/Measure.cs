namespace Cap.Benchmarks;

/// <summary>Names of what only some measurements have.</summary>
internal static class Measure
{
    /// <summary>Half of the messages reach their handler within so many milliseconds.</summary>
    public const string P50 = "p50_ms";

    /// <summary>All but one in a hundred do.</summary>
    public const string P99 = "p99_ms";

    /// <summary>The most resident memory at any time of the measurement.</summary>
    public const string PeakMegabytes = "peak_megabytes";

    /// <summary>Messages a second in the first period.</summary>
    public const string First = "first_period_per_second";

    /// <summary>Messages a second in the last period.</summary>
    public const string Last = "last_period_per_second";

    /// <summary>Per cent of one core.</summary>
    public const string CorePercent = "core_percent";

    /// <summary>The slowest page of the dashboard, the middle one of its times on the server.</summary>
    public const string SlowestPage = "slowest_page_ms";

    /// <summary>Per cent of one core that ten open tabs cost the application and the database.</summary>
    public const string TabsPercent = "tabs_core_percent";

    /// <summary>Rows of logs, due tables and the inbox's memory that were read by scanning.</summary>
    public const string ScannedRows = "scanned_rows";

    /// <summary>SQL statements a second.</summary>
    public const string StatementsPerSecond = "statements_per_second";

    /// <summary>How many messages a node has handled.</summary>
    public const string Handled = "handled";

    /// <summary>How far the node with the fewest or the most messages is from an equal part, in per cent of that.</summary>
    public const string UnevenPercent = "uneven_percent";
}
