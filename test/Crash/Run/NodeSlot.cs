using Cap.Servers;

namespace Cap.Crash.Run;

/// <summary>A place where a process runs, and is started again whenever it ends before its time.</summary>
internal sealed class NodeSlot(int number, NodeSpec spec, World world) : IAsyncDisposable
{
    /// <summary>What the shell makes of SIGKILL.</summary>
    private const int Killed = 137;

    // Behind a proxy each, so that the network of one process can be broken.
    private readonly TcpProxy? _database = world.PostgresPort is { } port ? new(port) : null;
    private readonly TcpProxy? _broker = world.RabbitPort is { } port ? new(port) : null;
    private readonly SemaphoreSlim _turn = new(1);
    // Replaced, never changed: several look at it at once.
    private volatile NodeProcess[] _processes = [];
    private Task _keeping = Task.CompletedTask;
    private int _starts;
    private bool _isCalm;
    private volatile bool _isEnding;

    /// <summary>Where the process killed itself, in order.</summary>
    public List<string> Crashes { get; } = [];

    /// <summary>What went wrong with the process beside the messages.</summary>
    public List<string> Faults { get; } = [];

    public bool Writes => spec.Writes;

    private NodeProcess Current => _processes[^1];

    public async Task StartAsync()
    {
        await LaunchAsync();
        _keeping = KeepAsync();
    }

    /// <summary>Whether one of its processes has made so many groups exist at the broker.</summary>
    public bool HasGroups(int count) => Array.Exists(_processes, p => p.Groups == count);

    public Task<bool> IsReadyAsync() => Current.IsReadyAsync();

    /// <summary>Does something to the process or its network, and undoes it after a while.</summary>
    public async Task BreakAsync(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Kill:
                Current.Send(Signal.Kill);
                return;
            case FaultKind.Terminate:
                await TerminateAsync(Current);
                return;
            case FaultKind.Pause:
                var paused = Current;
                paused.Send(Signal.Stop);
                await Task.Delay(fault.Length);
                paused.Send(Signal.Continue);
                return;
            case FaultKind.CutDatabase:
                _database!.Cut();
                return;
            case FaultKind.CutBroker:
                _broker!.Cut();
                return;
        }
        var proxy = fault.Kind is FaultKind.FreezeDatabase or FaultKind.RefuseDatabase ? _database! : _broker!;
        if (fault.Kind is FaultKind.FreezeDatabase or FaultKind.FreezeBroker)
            proxy.Freeze();
        else
            proxy.Refuse();
        await Task.Delay(fault.Length);
        proxy.Pass();
    }

    /// <summary>Heals its network, and lets the process go on without killing itself and without writing. A process that was paused or wedged must recover by itself.</summary>
    public async Task CalmAsync()
    {
        _isCalm = true;
        _database?.Pass();
        _broker?.Pass();
        Current.Send(Signal.Continue);
        while (true)
        {
            var process = Current;
            if (await process.IsReadyAsync())
            {
                await process.QuietAsync(Writes);
                if (!process.Ended.IsCompleted)
                    return;
            }
            // It was just about to end: the next one is calm from its start, but its writers write.
            await Task.Delay(50);
        }
    }

    /// <summary>Ends the process as a host would.</summary>
    public async Task EndAsync()
    {
        _isEnding = true;
        await TerminateAsync(Current);
        await _keeping;
    }

    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        foreach (var process in _processes)
            process.Dispose();
        await _keeping.WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_database is not null)
            await _database.DisposeAsync();
        if (_broker is not null)
            await _broker.DisposeAsync();
        _turn.Dispose();
    }

    private async Task KeepAsync()
    {
        while (true)
        {
            var process = Current;
            await process.Ended;
            if (process.CrashPoint is { } point)
                Crashes.Add(point);
            if (_isEnding)
                return;
            await LaunchAsync();
        }
    }

    private async Task LaunchAsync()
    {
        await _turn.WaitAsync();
        try
        {
            var crash = !_isCalm && _starts < spec.Crashes.Count ? spec.Crashes[_starts] : null;
            _starts++;
            var plan = world.Plan(number, _starts, spec);
            (plan.CrashAt, plan.CrashPass) = (crash?.Point ?? "", crash?.Pass ?? 1);
            if (_database is not null)
                plan.Postgres = World.Through(_database.Port);
            if (_broker is not null)
                plan.RabbitMQ = $"amqp://guest:guest@127.0.0.1:{_broker.Port}";
            _processes = [.. _processes, new(plan, world.LogFile(number))];
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>SIGTERM: the process must end within its shutdown time and some seconds, with exit code 0, also in the middle of trouble.</summary>
    private async Task TerminateAsync(NodeProcess process)
    {
        // One that is still starting may end with the exception of its cancelled start, and a second signal would be one too many.
        if (!await process.IsReadyAsync() || !process.BeginsToEnd())
        {
            await process.Ended;
            return;
        }
        process.Send(Signal.Terminate);
        if (await Task.WhenAny(process.Ended, Task.Delay(TimeSpan.FromSeconds(40))) != process.Ended)
        {
            Faults.Add($"{process.Name} did not end within 40 s of SIGTERM");
            process.Send(Signal.Kill);
            await process.Ended;
        }
        else if (await process.Ended is not (0 or Killed) and var code)
        {
            Faults.Add($"{process.Name} ended with exit code {code} after SIGTERM");
        }
    }
}
