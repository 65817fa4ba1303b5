namespace Cap.Benchmarks;

/// <summary>What a measuring process may ask its parent for.</summary>
internal static class Ask
{
    /// <summary>To stop the broker.</summary>
    public const string BrokerAway = "broker away";

    /// <summary>To start it again.</summary>
    public const string BrokerBack = "broker back";

    /// <summary>To go on when every node has started and they share the work.</summary>
    public const string Started = "started";

    /// <summary>To go on when every node has written its part and all of it is settled.</summary>
    public const string Written = "written";

    /// <summary>To go on when every node is about to be measured.</summary>
    public const string Ready = "ready";
}
