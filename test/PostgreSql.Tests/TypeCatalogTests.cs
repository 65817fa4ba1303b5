using Npgsql;

namespace Cap.PostgreSql.Tests;

/// <summary>A node starts as soon in a database with many tables, each of which is a type.</summary>
public sealed class TypeCatalogTests
{
    [Fact]
    public async Task Own_connections_do_not_read_the_types_of_the_application_and_the_applications_do()
    {
        await using var schema = await WithMoodAsync();
        await using var database = new Database(schema.Options, schema.Tables);
        await using var own = await database.OpenAsync(default);
        await using var lasting = await database.OpenLastingAsync(default);
        await using var applications = await database.OpenForApplicationAsync(default);

        Assert.DoesNotContain("mood", await TypeNameAsync(own, schema), StringComparison.Ordinal);
        Assert.DoesNotContain("mood", await TypeNameAsync(lasting, schema), StringComparison.Ordinal);
        Assert.Contains("mood", await TypeNameAsync(applications, schema), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_connection_string_says_about_types_is_kept()
    {
        await using var schema = await WithMoodAsync();
        schema.Options.ConnectionString += ";Server Compatibility Mode=None";
        await using var database = new Database(schema.Options, schema.Tables);
        await using var own = await database.OpenAsync(default);

        Assert.Contains("mood", await TypeNameAsync(own, schema), StringComparison.Ordinal);
    }

    private static async Task<TestSchema> WithMoodAsync()
    {
        var schema = await TestSchema.CreateAsync();
        await schema.ExecuteAsync($"CREATE SCHEMA {schema.Options.Schema}; CREATE TYPE {schema.Options.Schema}.mood AS ENUM ('well')");
        return schema;
    }

    private static async Task<string> TypeNameAsync(NpgsqlConnection connection, TestSchema schema)
    {
        await using var command = new NpgsqlCommand($"SELECT 'well'::{schema.Options.Schema}.mood", connection);
        await using var reader = await command.ExecuteReaderAsync();
        return reader.GetDataTypeName(0);
    }
}
