using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Cap.Sqlite;

/// <summary>An SQL text on a connection, compiled once however often it runs. Every value is a parameter.</summary>
internal sealed class Statement : IDisposable
{
    private readonly SqliteCommand _command;

    public Statement(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        _command = connection.CreateCommand();
        _command.Transaction = transaction;
        _command.CommandText = sql;
    }

    /// <summary>Runs, and returns how many rows changed.</summary>
    public int Run(params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Set(parameters);
        return _command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row; null for no row or NULL.</summary>
    public long? Number(params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Set(parameters);
        var value = _command.ExecuteScalar();
        return value is null or DBNull ? null : Convert.ToInt64(value, CultureInfo.InvariantCulture);
    }

    /// <summary>The first column of the first row; null for no row or NULL.</summary>
    public string? Text(params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Set(parameters);
        var value = _command.ExecuteScalar();
        return value is null or DBNull ? null : Convert.ToString(value, CultureInfo.InvariantCulture);
    }

    /// <summary>A reader that finds row after row as it is read.</summary>
    public SqliteDataReader Read(params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        Set(parameters);
        return _command.ExecuteReader();
    }

    /// <summary>All rows.</summary>
    public List<T> All<T>(Func<SqliteDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Read(parameters);
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(row(reader));
        return rows;
    }

    public void Dispose() => _command.Dispose();

    /// <summary>Ids as one parameter, for <c>json_each</c>.</summary>
    public static string Ids(IEnumerable<long> ids) => $"[{string.Join(',', ids)}]";

    private void Set(ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        for (var i = 0; i < parameters.Length; i++)
        {
            var (name, value) = parameters[i];
            if (i < _command.Parameters.Count)
                _command.Parameters[i].Value = value ?? DBNull.Value;
            else
                _command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }
    }
}
