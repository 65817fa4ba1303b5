namespace Cap.Crash.Run;

/// <summary>Which seeds to run, and how.</summary>
internal sealed record SeriesOptions
{
    public int Seeds { get; init; } = 10;

    public int FirstSeed { get; init; } = 1;

    /// <summary>No seed is begun after this time.</summary>
    public TimeSpan AtMost { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long the trouble of one seed lasts.</summary>
    public TimeSpan Trouble { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>On SQLite instead of PostgreSQL and RabbitMQ.</summary>
    public bool OnSqlite { get; init; }

    /// <summary>Messages travel in bundles.</summary>
    public bool Bundles { get; init; }

    /// <summary>Keep journals and logs of good runs too.</summary>
    public bool Keeps { get; init; }

    /// <summary>Where they go.</summary>
    public required string Folder { get; init; }
}
