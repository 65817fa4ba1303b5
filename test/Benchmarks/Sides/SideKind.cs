namespace Cap.Benchmarks;

/// <summary>Which code a measuring process runs.</summary>
public enum SideKind
{
    /// <summary>Cap with PostgreSQL and RabbitMQ.</summary>
    Cap,

    /// <summary>The durable steps written by hand.</summary>
    Floor,

    /// <summary>Cap with SQLite and the in-process transport.</summary>
    Sqlite,
}
