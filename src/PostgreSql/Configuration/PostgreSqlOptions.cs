using Npgsql;

namespace Cap.PostgreSql;

/// <summary>
/// How Cap keeps its tables in PostgreSQL (13 or newer). Checked when the host starts; changing a value after that has no effect.
/// </summary>
/// <remarks>
/// Behind a proxy that pools by transaction (PgBouncer), set <see cref="ListenForWakeUps"/> to false, and
/// <see cref="UsePreparedStatements"/> too unless the proxy supports prepared statements (PgBouncer 1.21 with
/// <c>max_prepared_statements</c>). Nothing else of Cap needs a session.
/// </remarks>
public sealed class PostgreSqlOptions
{
    /// <summary>
    /// The database with the application's own tables, as an Npgsql connection string. Cap opens a pool of its own on it. Set this or
    /// <see cref="DataSource"/>. Default: none.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>The application's data source. Cap takes its connections from it and never disposes it. Default: none.</summary>
    public NpgsqlDataSource? DataSource { get; set; }

    /// <summary>The schema with Cap's tables: lower-case letters, digits and underscores, at most 40. Default: <c>cap</c>.</summary>
    public string Schema { get; set; } = "cap";

    /// <summary>
    /// Put in front of the name of every table and view, so that several applications can share a schema: lower-case letters, digits
    /// and underscores, at most 40. Default: none.
    /// </summary>
    public string TableNamePrefix { get; set; } = "";

    /// <summary>
    /// Whether the tables are made and upgraded when the application starts, under a lock. When false they are only checked, and
    /// somebody has to run the script of <see cref="Storage.IStorage.GetScript"/>. Default: true.
    /// </summary>
    public bool CreateTables { get; set; } = true;

    /// <summary>
    /// Whether a connection of its own listens (<c>LISTEN</c>) for other nodes' notifications. Without it their messages are found
    /// by polling. Must be false behind a proxy that pools by transaction. Default: true.
    /// </summary>
    public bool ListenForWakeUps { get; set; } = true;

    /// <summary>
    /// Whether statements on Cap's own connections are prepared automatically. It applies to <see cref="ConnectionString"/> only, and
    /// a <c>Max Auto Prepare</c> in there wins. Default: true.
    /// </summary>
    public bool UsePreparedStatements { get; set; } = true;
}
