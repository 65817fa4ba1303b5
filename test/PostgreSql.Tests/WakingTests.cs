using System.Threading.Channels;
using Cap.Conformance;
using Cap.Storage;
using Npgsql;

namespace Cap.PostgreSql.Tests;

public sealed class WakingTests
{
    private static readonly Lane Other = Sample.Outbox with { Name = "other" };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_hears_the_others_and_not_itself(bool ownsConnections)
    {
        await using var schema = await TestSchema.CreateAsync();
        await using var dataSource = NpgsqlDataSource.Create(schema.ConnectionString + ";Maximum Pool Size=3");
        var (node, other) = (ownsConnections ? schema.Open() : schema.Open(o => (o.ConnectionString, o.DataSource) = (null, dataSource)), schema.Open());
        using var stop = new CancellationTokenSource();
        var heard = Channel.CreateUnbounded<Lane?>();
        var listening = node.ListenAsync(lane => Assert.True(heard.Writer.TryWrite(lane)), stop.Token);

        // First of all: something may have been missed.
        Assert.Null(await heard.Reader.ReadAsync());
        await node.NotifyAsync([Sample.Outbox], default);
        await other.NotifyAsync([Sample.Inbox, Other], default);
        await other.NotifyAsync([], default);
        Assert.Equal(Sample.Inbox, await heard.Reader.ReadAsync());
        Assert.Equal(Other, await heard.Reader.ReadAsync());
        Assert.Null(await heard.Reader.ReadAsync());

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
        Assert.False(heard.Reader.TryRead(out _));

        // Whatever went back to the application's pool listens to nothing.
        await using var first = await dataSource.OpenConnectionAsync();
        await using var second = await dataSource.OpenConnectionAsync();
        foreach (var connection in new[] { first, second })
        {
            await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_listening_channels()", connection);
            Assert.Equal(0L, await command.ExecuteScalarAsync());
        }
    }

    [Fact]
    public async Task Another_schema_is_not_heard()
    {
        await using var schema = await TestSchema.CreateAsync();
        var (node, prefixed) = (schema.Open(), schema.Open(o => o.TableNamePrefix = "x_"));
        using var stop = new CancellationTokenSource();
        var heard = Channel.CreateUnbounded<Lane?>();
        var listening = node.ListenAsync(lane => Assert.True(heard.Writer.TryWrite(lane)), stop.Token);
        Assert.Null(await heard.Reader.ReadAsync());
        await prefixed.NotifyAsync([Other], default);
        await schema.Open().NotifyAsync([Sample.Inbox], default);
        Assert.Equal(Sample.Inbox, await heard.Reader.ReadAsync());
        await stop.CancelAsync();
        await Record.ExceptionAsync(() => listening);
    }

    [Fact]
    public async Task A_lost_connection_is_told()
    {
        await using var schema = await TestSchema.CreateAsync();
        var node = schema.Open();
        var heard = Channel.CreateUnbounded<Lane?>();
        var listening = node.ListenAsync(lane => Assert.True(heard.Writer.TryWrite(lane)), default);
        await heard.Reader.ReadAsync();
        await schema.ReadAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN {schema.Tables.Channel}'");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => listening);
    }

    [Fact]
    public async Task Listening_can_be_switched_off()
    {
        await using var schema = await TestSchema.CreateAsync();
        await schema.Open(o => o.ListenForWakeUps = false).ListenAsync(_ => Assert.Fail("Nobody listens"), default);
    }
}
