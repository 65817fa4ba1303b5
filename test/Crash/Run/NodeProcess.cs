using System.Diagnostics;
using Cap.Crash.Node;
using Cap.Servers;

namespace Cap.Crash.Run;

/// <summary>A running process of a run. Ends with its standard input, so it never outlives this one.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private int _groups;
    private int _isEnding;

    public NodeProcess(NodePlan plan, string logFile)
    {
        Name = plan.Name;
        _log = new(logFile, append: true) { AutoFlush = true };
        var start = new ProcessStartInfo("dotnet", [typeof(NodeProcess).Assembly.Location, "node", .. ProcessArguments.Of(plan)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcServer"] = "0" },
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Heard(e.Data);
        _process.ErrorDataReceived += (_, e) => Heard(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Ended = EndAsync();
    }

    public string Name { get; }

    /// <summary>Completes with the exit code when the process has ended.</summary>
    public Task<int> Ended { get; }

    /// <summary>Where it killed itself; null when it did not.</summary>
    public string? CrashPoint { get; private set; }

    /// <summary>How many of its groups exist at the broker.</summary>
    public int Groups => Volatile.Read(ref _groups);

    /// <summary>True for the first who asks: the one to end it.</summary>
    public bool BeginsToEnd() => Interlocked.Exchange(ref _isEnding, 1) == 0;

    /// <summary>Waits until it has started. False when it ended before.</summary>
    public async Task<bool> IsReadyAsync() => await Task.WhenAny(_ready.Task, Ended) == _ready.Task;

    public void Send(Signal signal)
    {
        if (!Ended.IsCompleted)
            ServerProcess.Send(_process.Id, signal);
    }

    /// <summary>From now on it does not kill itself. Ends its writers, if it has any, and waits until they have ended.</summary>
    public async Task QuietAsync(bool writes)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync("quiet");
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It was killed a moment ago.
        }
        if (writes)
            await Task.WhenAny(_quiet.Task, Ended);
    }

    public void Dispose()
    {
        if (!Ended.IsCompleted)
            _process.Kill();
        _process.Dispose();
        lock (_gate)
            _log.Dispose();
    }

    private async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    private void Heard(string? line)
    {
        if (line is null)
            return;
        if (line == "READY")
            _ready.TrySetResult();
        else if (line == "QUIET")
            _quiet.TrySetResult();
        else if (line.Contains(NodeProgram.GroupLine, StringComparison.Ordinal))
            Interlocked.Increment(ref _groups);
        else if (line.StartsWith("CRASH ", StringComparison.Ordinal))
            CrashPoint = line[6..];
        lock (_gate)
        {
            if (_log.BaseStream is not null)
                _log.WriteLine(line);
        }
    }
}
