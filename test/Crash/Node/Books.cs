using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Cap.Crash.Node;

/// <summary>The application's own tables: what it committed and what its transactional handlers did.</summary>
internal sealed class Books
{
    private readonly Func<DbConnection> _connect;
    private readonly string _ascending;
    private readonly string _prefix;

    private Books(Func<DbConnection> connect, string ascending, string prefix) => (_connect, _ascending, _prefix) = (connect, ascending, prefix);

    public static Books Of(NodePlan plan) => plan.Postgres.Length > 0 ? OnPostgres(plan.Postgres, plan.Book) : OnSqlite(plan.File, plan.Book);

    public static Books OnPostgres(string connectionString, string prefix) =>
        new(() => new NpgsqlConnection(connectionString), "bigserial primary key", prefix);

    public static Books OnSqlite(string file, string prefix) =>
        new(() => new SqliteConnection($"Data Source={file};Default Timeout=30"), "integer primary key autoincrement", prefix);

    public async Task<DbConnection> OpenAsync()
    {
        var connection = _connect();
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async Task CreateAsync(int keyCount)
    {
        await using var connection = await OpenAsync();
        // No unique key over the effects on purpose: a second one must show.
        await connection.ExecuteAsync(
            $"""
            create table {_prefix}_written (note bigint primary key, "key" text, place bigint not null);
            create table {_prefix}_effect ("row" {_ascending}, "group" text not null, note bigint not null, "key" text, place bigint not null);
            create table {_prefix}_counter ("key" text primary key, place bigint not null);
            """
        );
        await connection.ExecuteAsync(
            $"insert into {_prefix}_counter values (@key, 0)",
            Enumerable.Range(0, keyCount).Select(i => new { key = $"key{i}" })
        );
    }

    /// <summary>Takes places in the commit order of a key, and keeps everybody else away from the key until the transaction ends.</summary>
    /// <returns>The last of them.</returns>
    public Task<long> TakePlacesAsync(DbTransaction transaction, string key, int count) =>
        transaction.Connection!.ExecuteScalarAsync<long>(
            $"""update {_prefix}_counter set place = place + @count where "key" = @key returning place""",
            new { key, count },
            transaction
        );

    public Task WriteAsync(DbTransaction transaction, IEnumerable<Note> notes) =>
        transaction.Connection!.ExecuteAsync($"insert into {_prefix}_written values (@Number, @Key, @Place)", notes, transaction);

    public Task AddEffectAsync(DbTransaction transaction, string group, Note note) =>
        transaction.Connection!.ExecuteAsync(
            $"""insert into {_prefix}_effect ("group", note, "key", place) values (@group, @Number, @Key, @Place)""",
            new { group, note.Number, note.Key, note.Place },
            transaction
        );

    public async Task<IReadOnlyList<History.WrittenNote>> WrittenAsync()
    {
        await using var connection = await OpenAsync();
        var rows = await connection.QueryAsync<(long, string?, long)>($"""select note, "key", place from {_prefix}_written""");
        return [.. rows.Select(r => new History.WrittenNote(r.Item1, r.Item2, r.Item3))];
    }

    public async Task<IReadOnlyList<History.Effect>> EffectsAsync()
    {
        await using var connection = await OpenAsync();
        var rows = await connection.QueryAsync<(long, string, long, string?, long)>(
            $"""select "row", "group", note, "key", place from {_prefix}_effect"""
        );
        return [.. rows.Select(r => new History.Effect(r.Item1, r.Item2, r.Item3, r.Item4, r.Item5))];
    }

    /// <summary>How many effects are still missing, counted by the database.</summary>
    public async Task<long> MissingEffectsAsync(int groupCount)
    {
        await using var connection = await OpenAsync();
        return await connection.ExecuteScalarAsync<long>(
            $"""
            select (select count(*) from {_prefix}_written) * {groupCount}
              - (select count(*) from (select distinct "group", note from {_prefix}_effect) as done)
            """
        );
    }
}
