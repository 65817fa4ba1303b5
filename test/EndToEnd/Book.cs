using Cap.Conformance;
using Cap.EndToEnd.Servers;
using Cap.Servers;
using Dapper;
using Npgsql;
using RabbitMQ.Client;

namespace Cap.EndToEnd;

/// <summary>The tables the processes of a test write what they did to, and names nobody else has.</summary>
internal sealed class Book
{
    private Book(string postgres, string rabbit, string name) => (Postgres, Rabbit, Name) = (postgres, rabbit, name);

    public string Postgres { get; }

    public string Rabbit { get; }

    public string Name { get; }

    public static async Task<Book> CreateAsync()
    {
        var book = new Book(await TestServers.PostgresAsync(), await TestServers.RabbitAsync(), Names.Unique("book"));
        await using var connection = new NpgsqlConnection(book.Postgres);
        await connection.ExecuteAsync(
            $"""
            create schema {book.Name};
            create table {book.Name}.written (number int primary key);
            create table {book.Name}.handled ("group" text not null, number int not null);
            """
        );
        return book;
    }

    /// <summary>What a process of this test is told.</summary>
    public Dictionary<string, string> Plan(string role, string schema, int count = 0) =>
        new()
        {
            ["Role"] = role,
            ["Postgres"] = Postgres,
            ["RabbitMQ"] = Rabbit,
            ["Schema"] = schema,
            ["Book"] = Name,
            ["Exchange"] = Name,
            ["Count"] = $"{count}",
        };

    /// <summary>Waits until somebody consumes the queues of both groups: a start waits for them a few seconds only.</summary>
    public async Task SubscribedAsync()
    {
        await using var connection = await new ConnectionFactory { Uri = new(Rabbit), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
        foreach (var group in new[] { "billing", "shipping" })
            await Eventually.GetAsync(() => connection.ConsumersAsync($"{Name}.{group}.v1"), count => count > 0);
    }

    public async Task<IReadOnlyList<int>> WrittenAsync()
    {
        await using var connection = new NpgsqlConnection(Postgres);
        return [.. await connection.QueryAsync<int>($"select number from {Name}.written order by number")];
    }

    public async Task<IReadOnlyList<int>> HandledAsync(string group)
    {
        await using var connection = new NpgsqlConnection(Postgres);
        return [.. await connection.QueryAsync<int>($"select number from {Name}.handled where \"group\" = @group order by number", new { group })];
    }

    /// <summary>Waits until each group has handled this many different entries.</summary>
    public Task HandledAllAsync(int count) =>
        Eventually.GetAsync(
            async () =>
            {
                await using var connection = new NpgsqlConnection(Postgres);
                return await connection.QuerySingleAsync<(long Billing, long Shipping)>(
                    $"""
                    select count(distinct number) filter (where "group" = 'billing'), count(distinct number) filter (where "group" = 'shipping')
                    from {Name}.handled
                    """
                );
            },
            done => done.Billing >= count && done.Shipping >= count,
            TimeSpan.FromMinutes(3)
        );
}
