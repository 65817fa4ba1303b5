using Cap.PostgreSql;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Cap;

/// <summary>Chooses PostgreSQL for Cap's tables.</summary>
public static class PostgreSqlExtensions
{
    /// <summary>Keeps the messages in the PostgreSQL database of this connection string, in the schema <c>cap</c>.</summary>
    /// <returns>The same options.</returns>
    public static CapOptions UsePostgreSql(this CapOptions options, string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        return options.UsePostgreSql(postgres => postgres.ConnectionString = connectionString);
    }

    /// <summary>Keeps the messages in the PostgreSQL database of this data source, in the schema <c>cap</c>.</summary>
    /// <returns>The same options.</returns>
    public static CapOptions UsePostgreSql(this CapOptions options, NpgsqlDataSource dataSource)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return options.UsePostgreSql(postgres => postgres.DataSource = dataSource);
    }

    /// <summary>Keeps the messages in a PostgreSQL database.</summary>
    /// <returns>The same options.</returns>
    public static CapOptions UsePostgreSql(this CapOptions options, Action<PostgreSqlOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        var postgres = new PostgreSqlOptions();
        configure(postgres);
        options.UseStorage(
            "PostgreSQL",
            services => services.TryAddSingleton<IStorage>(_ => new PostgreSqlStorage(postgres)),
            () => PostgreSqlOptionsCheck.Check(postgres));
        return options;
    }
}
