using System.Reflection;
using Cap.PostgreSql;
using Cap.Sqlite;

namespace Cap.Docs.Tests;

public class OptionTests
{
    [Theory]
    [InlineData(typeof(CapOptions))]
    [InlineData(typeof(PostgreSqlOptions))]
    [InlineData(typeof(SqliteStorageOptions))]
    [InlineData(typeof(RabbitMQOptions))]
    public void Every_option_stands_in_the_guide(Type options)
    {
        var guide = File.ReadAllText(Path.Combine(Snippet.Root(), "docs/guides/configuration.md"));
        var missing = options
            .GetProperties()
            .Where(p => p.GetCustomAttribute<ObsoleteAttribute>() is null && !guide.Contains($"`{p.Name}`", StringComparison.Ordinal))
            .Select(p => p.Name);
        Assert.Empty(missing);
    }
}
