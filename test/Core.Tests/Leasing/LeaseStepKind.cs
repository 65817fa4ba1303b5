namespace Cap.Core.Tests.Leasing;

/// <summary>What may happen to a node.</summary>
internal enum LeaseStepKind
{
    /// <summary>A process starts, where none runs.</summary>
    Join,

    /// <summary>A heartbeat, there and back at once.</summary>
    Beat,

    /// <summary>A heartbeat leaves the process.</summary>
    Send,

    /// <summary>It reaches the database.</summary>
    Arrive,

    /// <summary>The answer reaches the process.</summary>
    Answer,

    /// <summary>The heartbeat, or its answer, never arrives.</summary>
    Lose,

    /// <summary>Work is admitted in a shard, if it may.</summary>
    Work,

    /// <summary>What runs in a shard ends.</summary>
    Finish,

    /// <summary>The process is killed.</summary>
    Die,

    /// <summary>It stops, perhaps with work that does not end in time.</summary>
    Leave,

    /// <summary>Time passes.</summary>
    Pass,
}
