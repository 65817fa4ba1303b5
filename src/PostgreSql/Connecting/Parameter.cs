using Npgsql;
using NpgsqlTypes;

namespace Cap.PostgreSql;

/// <summary>Makes positional parameters of a fixed type, so that a statement is prepared once.</summary>
internal static class Parameter
{
    public static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    public static NpgsqlParameter ArrayOf(object values, NpgsqlDbType type) => Of(values, NpgsqlDbType.Array | type);

    public static NpgsqlParameter Text(string? value) => Of(value, NpgsqlDbType.Text);

    public static NpgsqlParameter Small(int value) => Of((short)value, NpgsqlDbType.Smallint);

    public static NpgsqlParameter Integer(int value) => Of(value, NpgsqlDbType.Integer);

    public static NpgsqlParameter Big(long? value) => Of(value, NpgsqlDbType.Bigint);

    public static NpgsqlParameter Interval(TimeSpan? value) => Of(value is { } time ? Limit(time) : null, NpgsqlDbType.Interval);

    public static NpgsqlParameter Time(DateTimeOffset? value) => Of(value?.UtcDateTime, NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Bytes(ReadOnlyMemory<byte> value) => new NpgsqlParameter<ReadOnlyMemory<byte>>
    {
        TypedValue = value,
        NpgsqlDbType = NpgsqlDbType.Bytea,
    };

    /// <summary>A time span that can be added to and taken from any likely time; PostgreSQL knows no times before 4714 BC.</summary>
    public static TimeSpan Limit(TimeSpan value) => value > Ages ? Ages : value < -Ages ? -Ages : value;

    private static readonly TimeSpan Ages = TimeSpan.FromDays(1000 * 365);
}
