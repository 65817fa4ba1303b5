using Cap.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Cap.Sqlite.Tests;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("", "names no file")]
    [InlineData("Data Source=", "names no file")]
    [InlineData("Data Source=:memory:", "in-memory")]
    [InlineData("Data Source=shared;Mode=Memory;Cache=Shared", "in-memory")]
    [InlineData("Data Source=file:shared?mode=memory", "in-memory")]
    [InlineData("Data Source=a.db;Mode=ReadOnly", "read-only")]
    [InlineData("Server=somewhere", "cannot be read")]
    [InlineData("Data Source=a.db;Password=secret;Mode=Nonsense", "cannot be read")]
    public void A_connection_string_that_cannot_work_is_refused(string connectionString, string reason)
    {
        var fault = Assert.Single(new SqliteStorageOptions { ConnectionString = connectionString }.Check());
        Assert.Contains(reason, fault, StringComparison.Ordinal);
        Assert.Contains("ConnectionString", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1cap")]
    [InlineData("cap; drop table orders --")]
    [InlineData("cap.")]
    [InlineData("größe_")]
    [InlineData("sqlite_")]
    [InlineData("a2345678901234567890123456789012345678901")]
    public void A_prefix_that_is_no_identifier_is_refused(string prefix) =>
        Assert.Contains(
            "TableNamePrefix",
            Assert.Single(new SqliteStorageOptions { ConnectionString = "Data Source=a.db", TableNamePrefix = prefix }.Check()),
            StringComparison.Ordinal);

    [Fact]
    public void All_faults_are_reported_at_once() =>
        Assert.Equal(3, new SqliteStorageOptions { TableNamePrefix = "?", BusyTimeout = TimeSpan.Zero }.Check().Count());

    [Fact]
    public void Good_options_have_no_fault() =>
        Assert.Empty(new SqliteStorageOptions { ConnectionString = "Data Source=a.db", TableNamePrefix = "Shop2_cap_" }.Check());

    [Fact]
    public void A_missing_native_library_is_named_with_the_remedy()
    {
        Assert.Null(NativeLibrary.Check());
        Assert.Contains("SQLitePCLRaw.bundle_e_sqlite3", NativeLibrary.Check(() => throw new InvalidOperationException("no provider")), StringComparison.Ordinal);
        Assert.Contains("3.34.1", NativeLibrary.Check(() => (3_034_001, "3.34.1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_later_call_of_UseSqlite_counts()
    {
        await using var file = new TestFile();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddCap(cap => cap.UseSqlite("Data Source=first.db").UseSqlite(file.ConnectionString).UseInProcessTransport());
        await using var provider = services.BuildServiceProvider();
        Assert.Contains(file.Path, provider.GetRequiredService<IStorage>().Description, StringComparison.Ordinal);
    }
}
