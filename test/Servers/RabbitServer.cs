using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cap.Servers;

/// <summary>
/// A private RabbitMQ broker on 127.0.0.1, for one test or one test run. It can be crashed, restarted and paused. Start it before
/// use (6 to 10 seconds); the data lives until it is disposed.
/// </summary>
public sealed class RabbitServer : IAsyncDisposable
{
    private const string Programs = "/usr/lib/rabbitmq/bin";
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("cap-rabbit-").FullName;
    private readonly string _node = Names.Unique("cap");
    private ServerProcess? _process;
    private bool _hasStarted;
    private int _distributionPort = LoopbackPort.Free();

    /// <summary>Fixed once the first start has succeeded.</summary>
    public int Port { get; private set; } = LoopbackPort.Free();

    /// <summary>Where the management API listens (user and password: guest). Its counts lag by about a second.</summary>
    public int ManagementPort { get; private set; } = LoopbackPort.Free();

    public string ConnectionString => $"amqp://guest:guest@127.0.0.1:{Port}";

    /// <summary>Where queues and messages are stored.</summary>
    public string DataDirectory => Path.Combine(_folder, "data");

    internal static bool IsInstalled => OperatingSystem.IsLinux() && File.Exists($"{Programs}/rabbitmq-server");

    /// <summary>Starts the broker and returns when it takes connections.</summary>
    public async Task StartAsync(CancellationToken stop = default)
    {
        if (!IsInstalled)
            throw new InvalidOperationException(MissingServer.Message);
        if (_process is { HasExited: false })
            throw new InvalidOperationException("The RabbitMQ broker is running already.");

        for (var left = 4; !await TryStartAsync(stop); left--)
        {
            if (left == 0)
                throw new InvalidOperationException($"RabbitMQ does not start on port {Port}:\n{_process?.Tail()}");

            // Most likely somebody was faster on one of the ports. Once tests know the ports, they have to stay.
            if (!_hasStarted)
                (Port, ManagementPort, _distributionPort) = (LoopbackPort.Free(), LoopbackPort.Free(), LoopbackPort.Free());
        }

        _hasStarted = true;
    }

    /// <summary>Shuts down cleanly, which takes about 7 seconds.</summary>
    public Task StopAsync() => EndAsync(Signal.Terminate);

    /// <summary>Kills the broker on the spot (SIGKILL).</summary>
    public Task CrashAsync() => EndAsync(Signal.Kill);

    /// <summary>Starts again, on the same ports and data, after stopping cleanly if it still runs.</summary>
    public async Task RestartAsync(CancellationToken stop = default)
    {
        await StopAsync();
        await StartAsync(stop);
    }

    /// <summary>Freezes the broker: connections stay open, and nothing is answered until <see cref="Resume"/>.</summary>
    public void Pause() => _process?.PauseGroup();

    /// <summary>Undoes <see cref="Pause"/>.</summary>
    public void Resume() => _process?.SendToGroup(Signal.Continue);

    /// <summary>Runs rabbitmqctl against this broker, e.g. <c>RunCtlAsync("list_queues", "name", "messages")</c>.</summary>
    /// <returns>What it printed.</returns>
    public Task<string> RunCtlAsync(params string[] arguments) =>
        Tool.RunAsync([$"{Programs}/rabbitmqctl", .. arguments], Variables());

    /// <summary>
    /// Returns when every queue declared so far is safely on disk. Call it between declaring a quorum queue and crashing the
    /// broker: RabbitMQ 3.10 notes a new one lazily, and killed within about two seconds it comes back with a queue that
    /// never answers. Messages need no such care; their confirm says they are stored.
    /// </summary>
    public Task SettleAsync() => RunCtlAsync("eval", "[ok = dets:sync(Table) || Table <- dets:all()].");

    public async ValueTask DisposeAsync()
    {
        // Nothing after this needs the broker's data: no clean shutdown.
        await CrashAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> TryStartAsync(CancellationToken stop)
    {
        await File.WriteAllTextAsync($"{_folder}/rabbitmq.conf", Configuration(), stop);
        await File.WriteAllTextAsync($"{_folder}/enabled_plugins", "[rabbitmq_management].", stop);
        _process = ServerProcess.Start([$"{Programs}/rabbitmq-server"], _folder, Signal.Kill, Variables());
        return await _process.StartsAsync(AnswersAsync, StartTime, stop);
    }

    private async Task<bool> AnswersAsync(CancellationToken stop)
    {
        try
        {
            var factory = new ConnectionFactory { Uri = new Uri(ConnectionString), AutomaticRecoveryEnabled = false };
            await using var connection = await factory.CreateConnectionAsync(stop);

            // Another broker may hold this port while ours is about to fail; the cluster is named after the node.
            return connection.ServerProperties?["cluster_name"] is byte[] name
                && Encoding.UTF8.GetString(name).StartsWith(_node, StringComparison.Ordinal);
        }
        catch (BrokerUnreachableException)
        {
            return false;
        }
    }

    private async Task EndAsync(Signal signal)
    {
        if (_process is not { HasExited: false } process)
            return;

        process.SendToGroup(signal);
        Resume(); // a paused broker would not notice
        await process.WaitForExitAsync();
    }

    private string Configuration() => $"""
        listeners.tcp.1 = 127.0.0.1:{Port}
        management.tcp.ip = 127.0.0.1
        management.tcp.port = {ManagementPort}
        collect_statistics_interval = 1000
        disk_free_limit.absolute = 200MB
        log.console = true
        log.console.level = warning
        log.file = false

        """;

    private Dictionary<string, string> Variables() => new()
    {
        // The Erlang cookie lives in HOME: broker and rabbitmqctl must share it, and nobody else.
        ["HOME"] = _folder,
        ["RABBITMQ_NODENAME"] = $"{_node}@localhost",
        ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
        ["RABBITMQ_CONFIG_FILE"] = $"{_folder}/rabbitmq.conf",
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = $"{_folder}/enabled_plugins",
        ["RABBITMQ_MNESIA_BASE"] = DataDirectory,
        ["RABBITMQ_LOG_BASE"] = _folder,
        ["RABBITMQ_PID_FILE"] = $"{_folder}/pid",
        ["RABBITMQ_DIST_PORT"] = $"{_distributionPort}",
        ["ERL_CRASH_DUMP"] = $"{_folder}/erl_crash.dump",
        // Both would listen on every address without these. The rest: idle schedulers must not spin on a small machine.
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] =
            "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
    };
}
