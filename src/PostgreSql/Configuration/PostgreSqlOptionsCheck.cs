using Npgsql;

namespace Cap.PostgreSql;

/// <summary>Says what is wrong with the options, each fault with name, value and remedy.</summary>
internal static class PostgreSqlOptionsCheck
{
    private const int MaxIdentifierLength = 40;

    public static IEnumerable<string> Check(PostgreSqlOptions options)
    {
        if (!IsIdentifier(options.Schema))
            yield return Identifier(nameof(options.Schema), options.Schema, "cap");
        if (options.TableNamePrefix is not "" && !IsIdentifier(options.TableNamePrefix))
            yield return Identifier(nameof(options.TableNamePrefix), options.TableNamePrefix, "shop_");

        if (options.DataSource is not null && options.ConnectionString is not null)
            yield return "PostgreSqlOptions.ConnectionString and DataSource are both set. Keep one of them.";
        if (options.DataSource is null && string.IsNullOrWhiteSpace(options.ConnectionString))
            yield return "PostgreSqlOptions.ConnectionString is empty. Give it a connection string, or set DataSource.";
        else if (ConnectionFault(options) is { } fault)
            yield return fault;
    }

    /// <summary>A plain identifier needs no care anywhere it is written: in statements, in psql, in a person's query.</summary>
    private static bool IsIdentifier(string? name) =>
        name is { Length: > 0 and <= MaxIdentifierLength }
        && name[0] is '_' or (>= 'a' and <= 'z')
        && name.All(c => c is '_' or (>= 'a' and <= 'z') or (>= '0' and <= '9'));

    private static string Identifier(string option, string? value, string example) =>
        $"PostgreSqlOptions.{option} is '{value}'. Use a lower-case letter or an underscore, then lower-case letters, digits and "
        + $"underscores, at most {MaxIdentifierLength} in all, like '{example}'.";

    private static string? ConnectionFault(PostgreSqlOptions options)
    {
        NpgsqlConnectionStringBuilder connection;
        try
        {
            connection = new(options.DataSource?.ConnectionString ?? options.ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The value itself may hold a password.
            return $"PostgreSqlOptions.ConnectionString cannot be read: {e.Message} Write it like 'Host=…;Username=…;Password=…;Database=…'.";
        }
        if (string.IsNullOrWhiteSpace(connection.Host))
            return "PostgreSqlOptions.ConnectionString names no Host. Write it like 'Host=…;Username=…;Password=…;Database=…'.";
        return connection.Multiplexing && options.ListenForWakeUps
            ? "PostgreSqlOptions.ListenForWakeUps is true, and Multiplexing=true in the connection string does not allow it. Set one to false."
            : null;
    }
}
