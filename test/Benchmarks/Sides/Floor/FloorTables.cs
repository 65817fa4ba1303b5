using Dapper;
using Npgsql;

namespace Cap.Benchmarks;

/// <summary>Tables of the shape of Cap's: logs that are written once, narrow rows of what is due, and the ids the inbox has seen.</summary>
internal static class FloorTables
{
    public static async Task CreateAsync(MeasurePlan plan)
    {
        var n = plan.Name;
        await using var connection = new NpgsqlConnection(plan.Postgres);
        await connection.ExecuteAsync(
            $"""
            create schema {n};
            create table {n}.out_log (id bigint generated always as identity primary key, message_id text not null, name text not null, content bytea not null, added timestamptz not null default clock_timestamp());
            create table {n}.out_due (shard smallint not null, id bigint not null, due_at timestamptz not null default clock_timestamp(), primary key (shard, id));
            create table {n}.in_seen (message_id text primary key);
            create sequence {n}.in_id;
            create table {n}.in_log (id bigint primary key, message_id text not null, name text not null, content bytea not null, added timestamptz not null default clock_timestamp());
            create table {n}.in_due (id bigint primary key, due_at timestamptz not null default clock_timestamp());
            """);
        await ApplicationTable.CreateAsync(plan);
    }
}
