using Cap.Conformance;
using Cap.Servers;
using Dapper;
using Npgsql;
using Xunit.Abstractions;

namespace Cap.EndToEnd.Trouble;

/// <summary>
/// What a database does that is killed, fails over, is full, locked or busy. A node goes on by itself when it ends; nothing was
/// acknowledged that was not stored, nothing is lost, nothing is asked in a hot loop, and the log says it in a few lines.
/// </summary>
public sealed class DatabaseTroubleTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Waiting = 300;

    /// <summary>One for each worker that cannot do its part: three lanes that fetch and settle, two that store, the heartbeat, the purge.</summary>
    private const int LinesOfAnOutage = 10;

    /// <summary>Statements while nothing works: each of a dozen loops tries at once, then with growing pauses.</summary>
    private const int TriesPerSecond = 40;

    private readonly PostgresServer _server = new();
    private readonly CallCounter _calls = new();
    private string _rabbit = "";

    public async Task InitializeAsync()
    {
        _rabbit = await TestServers.RabbitAsync();
        await _server.StartAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Killed_and_started_again_under_load()
    {
        await using var node = await StartAsync();
        var publishing = await BeginPublishingAsync(node);
        await _server.CrashAsync();
        await TroubleAsync(TimeSpan.FromSeconds(3));
        await _server.StartAsync();
        await publishing.EndAsync();
        await EndsWellAsync(node);
    }

    /// <summary>What a node sees of a failover: for a while, every write is refused (25006).</summary>
    [Fact]
    public async Task Read_only_for_a_while_as_in_a_failover()
    {
        await using var node = await StartAsync();
        var publishing = await BeginPublishingAsync(node);
        await RunAsync("alter system set default_transaction_read_only = on", "select pg_reload_conf()");
        await TroubleAsync(TimeSpan.FromSeconds(5));
        await RunAsync("set default_transaction_read_only = off", "alter system reset default_transaction_read_only", "select pg_reload_conf()");
        await publishing.EndAsync();
        await EndsWellAsync(node);
    }

    /// <summary>Every connection is ended (57P01), again and again.</summary>
    [Fact]
    public async Task An_administrator_ends_every_connection()
    {
        await using var node = await StartAsync();
        var publishing = await BeginPublishingAsync(node);
        for (var i = 1; i <= 5; i++)
        {
            await node.Script.EndedAsync("one", 50 * i);
            await RunAsync("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'");
        }
        await publishing.EndAsync();
        await EndsWellAsync(node, 5 * LinesOfAnOutage);
    }

    /// <summary>No small file system is to be had for a test, so a trigger says what a full disk says (53100), where it would.</summary>
    [Fact]
    public async Task The_disk_is_full()
    {
        await using var node = await StartAsync();
        var publishing = await BeginPublishingAsync(node);
        string[] receiving = ["received_log", "received_seen", "attempt"];
        await RunAsync(
            "create function full_disk() returns trigger language plpgsql as $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$");
        var before = _calls.Failed;
        foreach (var table in receiving)
            await FillAsync(table);
        // Where the application writes only then, since nothing comes any more after it.
        await Eventually.BecomesTrueAsync(() => _calls.Failed > before);
        await FillAsync("published_log");
        await TroubleAsync(TimeSpan.FromSeconds(4));
        await RunAsync("drop function full_disk cascade");
        await publishing.EndAsync();
        await EndsWellAsync(node);

        Task FillAsync(string table) =>
            RunAsync($"create trigger full_disk before insert on {node.Name}.{table} for each statement execute function full_disk()");
    }

    /// <summary>The application and Cap share a data source, and the application has taken all of it.</summary>
    [Fact]
    public async Task The_pool_is_exhausted()
    {
        await using var pool = NpgsqlDataSource.Create($"{_server.ConnectionString};Maximum Pool Size=4;Timeout=3");
        await using var node = await StartAsync(configure: (cap, schema) => cap.UsePostgreSql(o => (o.DataSource, o.Schema) = (pool, schema)));
        var publishing = await BeginPublishingAsync(node);
        var taken = new List<NpgsqlConnection>();
        await Eventually.BecomesTrueAsync(async () =>
        {
            try
            {
                // The listener keeps one.
                while (taken.Count < 3)
                    taken.Add(await pool.OpenConnectionAsync());
            }
            catch (NpgsqlException)
            {
                // The node was faster.
            }
            return taken.Count == 3;
        });
        await TroubleAsync(TimeSpan.FromSeconds(8));
        foreach (var connection in taken)
            await connection.DisposeAsync();
        await publishing.EndAsync();
        await EndsWellAsync(node);
    }

    [Theory]
    [InlineData("statement_timeout")]
    [InlineData("lock_timeout")]
    public async Task The_tables_are_locked_and_statements_time_out(string setting)
    {
        await using var node = await StartAsync();
        var publishing = await BeginPublishingAsync(node);
        await using (var connection = New())
        {
            await connection.OpenAsync();
            await RunAsync($"alter system set {setting} = '50ms'", "select pg_reload_conf()");
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync($"lock table {node.Name}.published_due, {node.Name}.received_due in access exclusive mode", null, transaction);
            await TroubleAsync(TimeSpan.FromSeconds(4));
            await RunAsync($"alter system reset {setting}", "select pg_reload_conf()");
        }
        await publishing.EndAsync();
        await EndsWellAsync(node);
    }

    private async Task<TroubledNode> StartAsync(Action<CapOptions, string>? configure = null)
    {
        var node = new TroubledNode(
            _server.ConnectionString + ";Command Timeout=5",
            _rabbit,
            output,
            cap =>
            {
                // A transactional handler would fail with its database, which is an attempt; these have none.
                cap.FailedRetryCount = 50;
                cap.LeaseTime = TimeSpan.FromSeconds(5);
            },
            storage: configure,
            services: services => CallCounter.Decorate(services, _calls));
        await node.StartAsync();
        return node;
    }

    /// <summary>Returns when the first messages are handled.</summary>
    private static async Task<Publishing> BeginPublishingAsync(TroubledNode node)
    {
        var publishing = new Publishing(node);
        await node.Script.EndedAsync("one", 50);
        return publishing;
    }

    /// <summary>Lets the trouble last, and asserts that it is met at a walk.</summary>
    private async Task TroubleAsync(TimeSpan time)
    {
        var before = _calls.Failed;
        await Task.Delay(time);
        var failed = _calls.Failed - before;
        output.WriteLine($"{failed} calls of the storage failed within {time}");
        Assert.InRange(failed, 1, TriesPerSecond * (int)time.TotalSeconds);
    }

    private async Task EndsWellAsync(TroubledNode node, int lines = LinesOfAnOutage)
    {
        // The application may meet a connection or a setting of before.
        await node.PublishUntilItWorksAsync(Waiting);
        await node.AllHandledAsync();
        await node.Node.SettledAsync();
        output.WriteLine(string.Join('\n', node.Log.All));
        node.Log.AssertAtMost(lines);
    }

    private async Task RunAsync(params string[] statements)
    {
        await using var connection = New();
        await connection.OpenAsync();
        foreach (var sql in statements)
            await connection.ExecuteAsync(sql);
    }

    /// <summary>The administrator's: none of the time-outs holds for it.</summary>
    private NpgsqlConnection New() => new(_server.ConnectionString + ";Pooling=false;Options=-c statement_timeout=0 -c lock_timeout=0");

    /// <summary>
    /// The application publishes in transactions of its own until it is told that the trouble is over, and tries again what failed, as
    /// applications do. However long the trouble takes to begin, there is something to do in it.
    /// </summary>
    private sealed class Publishing
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

        private readonly Task _publishing;
        private volatile bool _isEnding;

        public Publishing(TroubledNode node) => _publishing = PublishAsync(node);

        public Task EndAsync()
        {
            _isEnding = true;
            return _publishing;
        }

        private async Task PublishAsync(TroubledNode node)
        {
            while (!_isEnding)
            {
                await node.PublishUntilItWorksAsync(20);
                await Task.Delay(Pause);
            }
        }
    }
}
