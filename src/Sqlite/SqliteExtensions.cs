using Cap.Sqlite;
using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cap;

/// <summary>Chooses SQLite for the tables.</summary>
public static class SqliteExtensions
{
    /// <summary>
    /// Keeps messages in a SQLite file. The application references a native library, as the package SQLitePCLRaw.bundle_e_sqlite3.
    /// Called again, the later call counts.
    /// </summary>
    /// <param name="options">Cap's options.</param>
    /// <param name="connectionString">The file, as <c>Data Source=shop.db</c>.</param>
    /// <returns>The same options.</returns>
    public static CapOptions UseSqlite(this CapOptions options, string connectionString) =>
        options.UseSqlite(sqlite => sqlite.ConnectionString = connectionString);

    /// <summary>
    /// Keeps messages in a SQLite file. The application references a native library, as the package SQLitePCLRaw.bundle_e_sqlite3.
    /// Called again, the later call counts.
    /// </summary>
    /// <param name="options">Cap's options.</param>
    /// <param name="configure">Sets the storage's options.</param>
    /// <returns>The same options.</returns>
    public static CapOptions UseSqlite(this CapOptions options, Action<SqliteStorageOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(configure);
        var sqlite = new SqliteStorageOptions();
        configure(sqlite);
        options.UseStorage(
            "SQLite",
            services => services.TryAddSingleton<IStorage>(provider =>
                new SqliteStorage(sqlite, provider.GetService<TimeProvider>() ?? TimeProvider.System)),
            sqlite.Check);
        return options;
    }
}
