using System.Diagnostics;
using Cap.Conformance;
using Cap.Servers;
using Dapper;
using Npgsql;
using Xunit.Abstractions;

namespace Cap.EndToEnd.Trouble;

/// <summary>
/// The connection breaks after the database was told to commit and before it could say that it has; or it hangs there. Whoever committed
/// cannot know: in each case nothing is lost, and nothing has its effect twice.
/// </summary>
public sealed class UnknownCommitTests(ITestOutputHelper output) : IAsyncLifetime
{
    private string _direct = "";
    private string _rabbit = "";
    private TcpProxy _proxy = null!;
    private TroubledNode _node = null!;

    public async Task InitializeAsync()
    {
        (_direct, _rabbit) = (await TestServers.PostgresAsync(), await TestServers.RabbitAsync());
        _proxy = new(new NpgsqlConnectionStringBuilder(_direct).Port);
        // Not prepared, so that the proxy can read the statements.
        var through = new NpgsqlConnectionStringBuilder(_direct)
        {
            Port = _proxy.Port,
            CommandTimeout = 3,
            Timeout = 3,
            CancellationTimeout = 1000,
            MaxAutoPrepare = 0,
        };
        _node = new(through.ConnectionString, _rabbit, output, cap =>
        {
            (cap.FailedRetryCount, cap.FailedRetryInterval) = (50, TimeSpan.FromMilliseconds(100));
            cap.LeaseTime = TimeSpan.FromSeconds(4);
        });
        await _node.StartAsync();
    }

    public async Task DisposeAsync()
    {
        _proxy.Pass();
        await _node.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task Of_the_applications_publish()
    {
        var held = HoldCommitOfEffect();
        var publishing = PublishEffectAsync("plain", "x");
        await held.WaitAsync(Eventually.Patience);
        await EffectIsThereAsync("x");
        _proxy.Cut();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => publishing);

        await _node.Script.EndedAsync("one", 2);
        await _node.Script.EndedAsync("two", 2);
        await _node.Node.SettledAsync();
        Assert.Equal(1, _node.Script.Begins("one", "x"));
    }

    /// <summary>Told to commit, but the word never arrives: then neither effect nor message may ever be seen.</summary>
    [Fact]
    public async Task Of_the_applications_publish_when_the_word_is_lost()
    {
        await using (var transaction = await _node.Node.Publisher.BeginTransactionAsync())
        {
            await WriteAsync(transaction, "lost");
            await _node.Node.Publisher.PublishAsync("plain", "lost");
            _proxy.Freeze();
            var committing = transaction.CommitAsync();
            _proxy.Cut();
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => committing);
            _proxy.Pass();
        }
        await _node.PublishAsync(10);
        await _node.AllHandledAsync();
        await _node.Node.SettledAsync();
        Assert.Equal(0, _node.Script.Begins("one", "lost"));
        Assert.Equal(0, await EffectsAsync("lost"));
    }

    [Fact]
    public async Task Of_a_transactional_handler()
    {
        Task held = Task.CompletedTask;
        _node.Script.On("transactional", async call =>
        {
            if (_node.Script.Begins("transactional", call.Value) == 1)
                held = HoldCommitOfEffect();
            await WriteAsync(call.Transaction!, call.Value!);
            await _node.Node.Publisher.PublishAsync("plain", "from " + call.Value);
        });
        await _node.Node.Publisher.PublishAsync("transactional", "x");
        await EffectIsThereAsync("x");
        await held.WaitAsync(Eventually.Patience);
        _proxy.Cut();

        await _node.Script.EndedAsync("two", 2);
        await _node.Script.EndedAsync("one", 2);
        await _node.Node.SettledAsync();
        Assert.Equal(1, await EffectsAsync("x"));
        Assert.Equal(1, _node.Script.Begins("one", "from x"));
    }

    /// <summary>The answer never comes, and nothing is reset: only the command's own timeout ends it.</summary>
    [Fact]
    public async Task Of_a_transactional_handler_whose_connection_hangs()
    {
        _node.Script.On("transactional", async call =>
        {
            if (_node.Script.Begins("transactional", call.Value) == 1)
                _ = HoldCommitOfEffect();
            await WriteAsync(call.Transaction!, call.Value!);
        });
        await _node.Node.Publisher.PublishAsync("transactional", "x");
        await EffectIsThereAsync("x");
        await Eventually.BecomesTrueAsync(() => _node.Log.Count(133) == 1);
        await _node.PublishUntilItWorksAsync(10);
        await _node.AllHandledAsync();
        await _node.Node.SettledAsync();
        Assert.Equal(1, await EffectsAsync("x"));
        Assert.Equal(1, _node.Script.Begins("transactional", "x"));
    }

    [Theory]
    [InlineData("""INSERT INTO "{0}"."received_seen" """, false)] // the inbox
    [InlineData("""DELETE FROM "{0}"."published_due" """, false)] // the outbox's results
    [InlineData("""DELETE FROM "{0}"."received_due" """, false)] // the handlers' results
    [InlineData("""INSERT INTO "{0}"."node" """, false)] // the heartbeat
    [InlineData("""INSERT INTO "{0}"."received_seen" """, true)]
    [InlineData("""DELETE FROM "{0}"."published_due" """, true)]
    [InlineData("""DELETE FROM "{0}"."received_due" """, true)]
    [InlineData("""INSERT INTO "{0}"."node" """, true)]
    [InlineData("CROSS JOIN LATERAL", true)] // a fetch
    public async Task Of_what_a_node_writes_for_itself(string statement, bool hangs)
    {
        var held = _proxy.HoldAnswersTo(string.Format(null, statement, _node.Name));
        await _node.PublishAsync(50);
        await held.WaitAsync(Eventually.Patience);
        var since = Stopwatch.StartNew();
        if (!hangs)
            _proxy.Cut();
        await _node.PublishUntilItWorksAsync(50);
        await _node.AllHandledAsync();
        output.WriteLine($"all handled after {since.ElapsedMilliseconds} ms");
        await _node.NothingWasSpentAsync();
    }

    private async Task PublishEffectAsync(string name, string value)
    {
        await using var transaction = await _node.Node.Publisher.BeginTransactionAsync();
        await WriteAsync(transaction, value);
        await _node.Node.Publisher.PublishAsync(name, value);
        await transaction.CommitAsync();
    }

    /// <summary>Of the transaction that writes the next effect; the node has others, as for its leases.</summary>
    private Task HoldCommitOfEffect() => _proxy.HoldAnswersTo("COMMIT\0", after: $"insert into {_node.Name}.setting");

    private Task WriteAsync(ICapTransaction transaction, string value) =>
        transaction.DbTransaction!.Connection!.ExecuteAsync(
            $"""insert into {_node.Name}.setting ("Name", "Value") values (gen_random_uuid()::text, @value)""", new { value }, transaction.DbTransaction);

    private async Task<int> EffectsAsync(string value)
    {
        await using var connection = new NpgsqlConnection(_direct);
        return await connection.QuerySingleAsync<int>($"""select count(*)::int from {_node.Name}.setting where "Value" = @value""", new { value });
    }

    private Task EffectIsThereAsync(string value) => Eventually.GetAsync(() => EffectsAsync(value), n => n == 1);
}
