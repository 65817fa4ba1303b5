using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Cap.PostgreSql.Tests;

public sealed class OptionsTests
{
    private const string Connection = "Host=127.0.0.1;Username=u;Password=secret";

    [Theory]
    [InlineData("cap", "")]
    [InlineData("_a1", "x_")]
    public void Plain_identifiers_are_fine(string schema, string prefix) =>
        Assert.Empty(PostgreSqlOptionsCheck.Check(new() { ConnectionString = Connection, Schema = schema, TableNamePrefix = prefix }));

    [Theory]
    [InlineData("")]
    [InlineData("Cap")]
    [InlineData("1cap")]
    [InlineData("ca p")]
    [InlineData("cap\"; drop table x; --")]
    [InlineData("größe")]
    [InlineData("a2345678901234567890123456789012345678901")]
    public void Other_schemas_are_refused_by_name_and_value(string schema)
    {
        var fault = Assert.Single(PostgreSqlOptionsCheck.Check(new() { ConnectionString = Connection, Schema = schema }));
        Assert.Contains($"Schema is '{schema}'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_prefixes_are_refused() =>
        Assert.Contains("TableNamePrefix is 'Shop-'", Assert.Single(PostgreSqlOptionsCheck.Check(new() { ConnectionString = Connection, TableNamePrefix = "Shop-" })), StringComparison.Ordinal);

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("Username=u;Password=secret")]
    [InlineData("Host=h;Password=secret;Prot=1")]
    [InlineData("secret")]
    [InlineData("Host=h;Multiplexing=true")]
    public void Unfit_connection_strings_are_refused_without_their_secrets(string? connectionString)
    {
        var fault = Assert.Single(PostgreSqlOptionsCheck.Check(new() { ConnectionString = connectionString }));
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_and_a_data_source_are_one_too_many()
    {
        await using var dataSource = NpgsqlDataSource.Create(Connection);
        Assert.Contains("both set", Assert.Single(PostgreSqlOptionsCheck.Check(new() { ConnectionString = Connection, DataSource = dataSource })), StringComparison.Ordinal);
        Assert.Empty(PostgreSqlOptionsCheck.Check(new() { DataSource = dataSource }));
    }

    [Fact]
    public async Task Each_way_to_choose_postgresql_registers_the_storage()
    {
        await using var dataSource = NpgsqlDataSource.Create(Connection);
        foreach (var use in new Action<CapOptions>[]
        {
            cap => cap.UsePostgreSql(Connection),
            cap => cap.UsePostgreSql(dataSource),
            cap => cap.UsePostgreSql(o => o.ConnectionString = Connection),
            cap => cap.UsePostgreSql("Host=other").UsePostgreSql(Connection),
        })
        {
            await using var services = new ServiceCollection().AddLogging().AddCap(cap =>
            {
                use(cap);
                cap.UseInProcessTransport();
            }).Services.BuildServiceProvider();
            var description = services.GetRequiredService<IStorage>().Description;
            Assert.Equal("PostgreSQL 127.0.0.1:5432/u schema cap", description);
        }
    }
}
