namespace Cap.Crash.Node;

/// <summary>What a process of a run is told, as command-line arguments.</summary>
internal sealed class NodePlan
{
    /// <summary>Its name, unique over restarts: in the journal.</summary>
    public string Name { get; set; } = "";

    /// <summary>Whether it writes notes.</summary>
    public bool Writes { get; set; }

    /// <summary>Whether it has the handlers.</summary>
    public bool Handles { get; set; }

    /// <summary>Connection string of PostgreSQL, through a proxy; empty for SQLite.</summary>
    public string Postgres { get; set; } = "";

    /// <summary>Address of RabbitMQ, through a proxy; empty for the transport inside the process.</summary>
    public string RabbitMQ { get; set; } = "";

    /// <summary>How many messages may travel as one.</summary>
    public int MaxBundle { get; set; } = 1;

    /// <summary>The SQLite file, when there is no PostgreSQL.</summary>
    public string File { get; set; } = "";

    /// <summary>Schema of Cap's tables.</summary>
    public string Schema { get; set; } = "";

    /// <summary>Put in front of the names of the application's own tables.</summary>
    public string Book { get; set; } = "";

    /// <summary>Name of the exchange, and prefix of the groups.</summary>
    public string Exchange { get; set; } = "";

    /// <summary>File of the journal: one for each process, because appending by several is not safe.</summary>
    public string Journal { get; set; } = "";

    /// <summary>Number of the first note it writes; nobody else uses it or the million after it.</summary>
    public long FirstNote { get; set; }

    /// <summary>How many write at once.</summary>
    public int WriterCount { get; set; } = 4;

    /// <summary>Transactions a second, all writers together.</summary>
    public int Rate { get; set; } = 60;

    /// <summary>How many keys there are.</summary>
    public int KeyCount { get; set; } = 20;

    /// <summary>Seed of what its writers and handlers do.</summary>
    public int Seed { get; set; }

    /// <summary>How wrong the clock of its host is.</summary>
    public TimeSpan ClockSkew { get; set; }

    /// <summary>Where it kills itself; empty for nowhere.</summary>
    public string CrashAt { get; set; } = "";

    /// <summary>The pass at which it does.</summary>
    public int CrashPass { get; set; } = 1;
}
