using Npgsql;

namespace Cap.Servers;

/// <summary>
/// A private PostgreSQL server on 127.0.0.1, with durable commits, for one test or one test run. It can be crashed, restarted
/// and paused. Start it before use; the data lives until it is disposed.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("cap-postgres-").FullName;
    private ServerProcess? _process;
    private bool _hasStarted;

    /// <summary>Fixed once the first start has succeeded.</summary>
    public int Port { get; private set; } = LoopbackPort.Free();

    public string ConnectionString =>
        $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres;Include Error Detail=true";

    /// <summary>The folder with the newest installed server programs, or null.</summary>
    internal static string? Programs { get; } = FindPrograms();

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Starts the server and returns when it takes connections.</summary>
    public async Task StartAsync(CancellationToken stop = default)
    {
        if (Programs is null)
            throw new InvalidOperationException(MissingServer.Message);
        if (_process is { HasExited: false })
            throw new InvalidOperationException("The PostgreSQL server is running already.");

        if (!_hasStarted)
            await InitializeAsync(stop);

        for (var left = 4; !await TryStartAsync(stop); left--)
        {
            if (left == 0)
                throw new InvalidOperationException($"PostgreSQL does not start on port {Port}:\n{_process?.Tail()}");

            // Most likely somebody was faster on this port. Once tests know the port, it has to stay.
            if (!_hasStarted)
                Port = LoopbackPort.Free();
        }

        _hasStarted = true;
    }

    /// <summary>Disconnects all clients and shuts down cleanly.</summary>
    public Task StopAsync() => EndAsync(Signal.Interrupt);

    /// <summary>Ends all server processes on the spot, as a crash does; the next start has to recover.</summary>
    public Task CrashAsync() => EndAsync(Signal.Quit);

    /// <summary>Starts again, on the same port and data, after stopping cleanly if it still runs.</summary>
    public async Task RestartAsync(CancellationToken stop = default)
    {
        await StopAsync();
        await StartAsync(stop);
    }

    /// <summary>Freezes the server: connections stay open, and nothing is answered until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        // The postmaster first, so that it starts no backend while we freeze those it has.
        _process?.Send(Signal.Stop);
        SendToBackends(Signal.Stop);
    }

    /// <summary>Undoes <see cref="Pause"/>.</summary>
    public void Resume()
    {
        SendToBackends(Signal.Continue);
        _process?.Send(Signal.Continue);
    }

    public async ValueTask DisposeAsync()
    {
        await CrashAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task InitializeAsync(CancellationToken stop)
    {
        if (Environment.IsPrivilegedProcess)
            await Tool.RunAsync(["chown", "postgres:", _folder], stop: stop);
        await Tool.RunAsync(
            [.. AsServerUser, $"{Programs}/initdb", "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            stop: stop);
    }

    private async Task<bool> TryStartAsync(CancellationToken stop)
    {
        string[] command =
        [
            .. AsServerUser, $"{Programs}/postgres", "-D", Data, "-p", $"{Port}",
            "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", // none: the default folder is shared, and a path in ours may be too long
            "-c", "max_connections=300",
        ];
        _process = ServerProcess.Start(command, _folder, Signal.Quit);
        return await _process.StartsAsync(AnswersAsync, StartTime, stop);
    }

    private async Task<bool> AnswersAsync(CancellationToken stop)
    {
        try
        {
            await using var connection = new NpgsqlConnection($"{ConnectionString};Timeout=2;Pooling=false");
            await connection.OpenAsync(stop);

            // Another server may hold this port while ours is about to fail.
            await using var command = new NpgsqlCommand("show data_directory", connection);
            return (string?)await command.ExecuteScalarAsync(stop) == Data;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task EndAsync(Signal signal)
    {
        if (_process is not { HasExited: false } process)
            return;

        process.Send(signal);
        Resume(); // a paused server would not notice
        await process.WaitForExitAsync();
    }

    private void SendToBackends(Signal signal)
    {
        if (_process is not { HasExited: false } process)
            return;

        foreach (var id in File.ReadAllText($"/proc/{process.Id}/task/{process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            ServerProcess.Send(int.Parse(id), signal);
    }

    // PostgreSQL refuses to run as root. setpriv replaces itself by the program, so the postmaster stays our direct child.
    private static string[] AsServerUser =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];

    private static string? FindPrograms() =>
        !OperatingSystem.IsLinux() || !Directory.Exists("/usr/lib/postgresql")
            ? null
            : Directory.GetDirectories("/usr/lib/postgresql")
                .Select(folder => Path.Combine(folder, "bin"))
                .Where(folder => File.Exists(Path.Combine(folder, "initdb")))
                .MaxBy(folder => int.TryParse(Path.GetFileName(Path.GetDirectoryName(folder)), out var version) ? version : 0);
}
