namespace Cap.Crash.Run;

/// <summary>What is done to a run from outside.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL to a process.</summary>
    Kill,

    /// <summary>SIGTERM to a process; it must end by itself, and well.</summary>
    Terminate,

    /// <summary>SIGSTOP to a process, and SIGCONT later.</summary>
    Pause,

    /// <summary>A process's connections to the database are reset.</summary>
    CutDatabase,

    /// <summary>A process's connections to the database stay open and carry nothing.</summary>
    FreezeDatabase,

    /// <summary>A process reaches the database no more.</summary>
    RefuseDatabase,

    /// <summary>A process's connections to the broker are reset.</summary>
    CutBroker,

    /// <summary>A process's connections to the broker stay open and carry nothing.</summary>
    FreezeBroker,

    /// <summary>A process reaches the broker no more.</summary>
    RefuseBroker,

    /// <summary>The database ends on the spot and starts again.</summary>
    CrashDatabase,

    /// <summary>The broker is killed and starts again.</summary>
    CrashBroker,
}
